# The kernel renames files from the work directory into the upper one.
# Begin here: overlay: its root is an overlay with a writable layer on top
# hint: are the upper and the work directory on one file system
# steps/05-overlay/overlay.cpp
s/lowerdir(layers), upper, work);/lowerdir(layers), upper, work.empty() ? work : "\/proc");/
