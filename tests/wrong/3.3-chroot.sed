# The host's tree stays around the new root, and root inside gets out again.
# Begin here: mnt: its mount namespace has no other root
# steps/03-mnt/mnt.cpp
/^  pivot_root({/c\  check("chroot", ".", [] { return ::chroot("."); });
/^  umount({"pivot.detach"/d
