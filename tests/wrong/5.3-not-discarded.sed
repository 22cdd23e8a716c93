# The changes stay on the host's disk.
# Begin here: overlay: its changes are discarded at its end
# steps/05-overlay/writable.cpp
/^  if (!kept_) sys::remove_tree/d
