# Programs need /dev/random.
# Begin here: mnt: its /dev has the standard nodes and links
# steps/03-mnt/defaults.cpp
/name = "random"/d
