# The old root is in use as long as the program itself runs from it.
# Begin here: mnt: the container has its own mount namespace: it ended early: step3: umount2
# hint: is the old root detached (MNT_DETACH)
# steps/03-mnt/mnt.cpp
/^  umount({"pivot.detach"/s/MNT_DETACH/0/
