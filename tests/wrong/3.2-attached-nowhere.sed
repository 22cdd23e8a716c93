# A copy that isn't attached disappears with its descriptor.
# Begin here: mnt: a host directory can be bound, also read-only with all below it
# steps/03-mnt/mnt.cpp
/^  move_mount({"bind.attach"_id/,/;$/d
