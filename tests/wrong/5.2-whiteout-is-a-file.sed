# A whiteout is listed as a change, not a deletion.
# Begin here: overlay: its changes are listed
# steps/05-overlay/changes.cpp
s/if (entry.type == kind::whiteout) {/if (false) {/
