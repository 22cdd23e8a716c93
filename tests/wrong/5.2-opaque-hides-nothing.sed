# A directory that was deleted and made again has lost its old entries.
# Begin here: overlay: its changes are listed
# steps/05-overlay/changes.cpp
/if (entry.opaque) add_hidden/d
