# The new root is detached before it becomes /.
# Begin here: mnt: the container has its own mount namespace: it ended early: step3: pivot_root
# hint: is the new root still mounted
# steps/03-mnt/mnt.cpp
/^  pivot_root({/{h;d}
/^  umount({"pivot.detach"/G
