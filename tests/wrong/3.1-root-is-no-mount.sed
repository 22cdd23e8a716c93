# pivot_root(2) needs a mount, and so does mount_setattr(2); a plain directory isn't one.
# Begin here: mnt: the container has its own mount namespace: it ended early: step3: mount_setattr
# hint: is that directory a mount of its own
# steps/03-mnt/mnt.cpp
/^  mount({"rootfs"_id/,/;$/d
