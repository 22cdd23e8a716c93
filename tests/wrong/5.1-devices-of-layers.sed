# A layer can bring a node that leads to the host's disk.
# Begin here: overlay: no device node of a layer works
# steps/05-overlay/overlay.cpp
s/MS_NODEV, options/0, options/
