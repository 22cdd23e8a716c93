# An overlay without an upper directory is read-only.
# Begin here: overlay: its root is an overlay with a writable layer on top
# steps/05-overlay/overlay.cpp
s/"lowerdir={},upperdir={},workdir={},redirect_dir=off,metacopy=off"/"lowerdir={}"/
s/^ *lowerdir(layers), upper, work);/upper.size() + work.size() > 0 ? lowerdir(layers) : "");/
