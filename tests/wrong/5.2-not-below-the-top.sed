# The entries of changed directories are not looked at.
# Begin here: overlay: its changes are listed
# steps/05-overlay/changes.cpp
/^    directory(upper, old, path);/d
