# A whiteout is taken for nothing at all.
# Begin here: overlay: its changes are listed
# steps/05-overlay/changes.cpp
/if (before.type) changes.push_back({'D', path});/d
