# The attribute is never read.
# Begin here: overlay: its changes are listed
# steps/05-overlay/changes.cpp
s/"trusted.overlay.opaque"/"user.overlay.opaque"/
