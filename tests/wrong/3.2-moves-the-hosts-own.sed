# Without OPEN_TREE_CLONE it is the host's own directory, which is no mount.
# Begin here: mnt: a host directory can be bound, also read-only with all below it
# hint: is the tree a copy
# steps/03-mnt/mnt.cpp
s/OPEN_TREE_CLONE | recursive/recursive \& 0/
