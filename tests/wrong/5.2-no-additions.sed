# Only files that existed before are listed.
# Begin here: overlay: its changes are listed
# steps/05-overlay/changes.cpp
s/changes.push_back({before.type ? 'C' : 'A', path});/if (before.type) changes.push_back({'C', path});/
