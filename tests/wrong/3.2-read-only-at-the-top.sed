# The mounts below stay writable.
# Begin here: mnt: a host directory can be bound, also read-only with all below it
# steps/03-mnt/mnt.cpp
s/AT_EMPTY_PATH | recursive/AT_EMPTY_PATH/
