# A whiteout has the numbers 0 and 0; other character devices are files.
# Begin here: overlay: its changes are listed
# steps/05-overlay/changes.cpp
s/S_ISCHR(info.st_mode) && info.st_rdev == makedev(0, 0)/S_ISCHR(info.st_mode)/
