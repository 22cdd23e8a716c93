# What is in the writable layer isn't always new.
# Begin here: overlay: its changes are listed
# steps/05-overlay/changes.cpp
s/before.type ? 'C' : 'A'/'A'/
