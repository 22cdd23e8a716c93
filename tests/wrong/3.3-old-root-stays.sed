# The old root lies on top of the new one, and .. leads to it.
# Begin here: mnt: its mount namespace has no other root
# steps/03-mnt/mnt.cpp
/^  umount({"pivot.detach"/d
