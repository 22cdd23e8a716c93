# The kernel needs an empty directory beside upper, for its own work.
# Begin here: overlay: its root is an overlay with a writable layer on top
# hint: does each layer exist
# steps/05-overlay/writable.cpp
/^  make_once({"scratch.work"_id/,/;$/d
