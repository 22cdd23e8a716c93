# The node leads to the terminals of the host's devpts, if it leads anywhere.
# Begin here: mnt: its /dev has the standard nodes and links
# steps/03-mnt/defaults.cpp
s/{.name = "ptmx", .link = "pts.ptmx"}/{.name = "ptmx", .device = makedev(5, 2)}/
