# A writable layer that was to be kept is gone.
# Begin here: overlay: its changes are listed
# steps/05-overlay/writable.cpp
s/^  if (!kept_) sys::remove_tree/  sys::remove_tree/
