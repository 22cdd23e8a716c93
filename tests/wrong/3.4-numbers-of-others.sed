# The numbers of random and urandom are mixed up.
# Begin here: mnt: its /dev has the standard nodes and links
# steps/03-mnt/defaults.cpp
/"urandom"/s/makedev(1, 9)/makedev(1, 8)/
/"random"/s/makedev(1, 8)/makedev(1, 9)/
