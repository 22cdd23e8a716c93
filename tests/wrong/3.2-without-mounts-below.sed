# Only the topmost mount is copied.
# Begin here: mnt: a host directory can be bound, also read-only with all below it
# steps/03-mnt/mnt.cpp
s/OPEN_TREE_CLONE | recursive/OPEN_TREE_CLONE | (recursive \& 0)/
