# The caller's umask takes bits from the modes of the new files.
# Begin here: mnt: its /dev has the standard nodes and links
# steps/03-mnt/mnt.cpp
/^  ::umask(0);/d
