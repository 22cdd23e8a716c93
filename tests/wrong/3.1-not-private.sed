# pivot_root(2) refuses a tree whose mounts propagate.
# Begin here: mnt: the container has its own mount namespace: it ended early: step3: pivot_root
# hint: is the whole mount tree private
# steps/03-mnt/mnt.cpp
/^  mount({"private"_id/,/;$/d
