# Only / is private; the mounts below it still propagate. (The second verdict is for a
# tree that isn't on a mount of its own.)
# Begin here: mnt: the container has its own mount namespace: it ended early: step3: pivot_root
# Begin here: mnt: the host's mount table never changes
# steps/03-mnt/mnt.cpp
/^  mount({"private"_id/,/;$/s/MS_REC | MS_PRIVATE/MS_PRIVATE/
