# The directory stays empty, and is no mount.
# Begin here: overlay: its root is an overlay with a writable layer on top
# hint: is the whole mount tree private
# steps/05-overlay/overlay.cpp
/^  sys::mount({"overlay"_id/,/;$/c\  static_cast<void>(options.size() + on.size());
