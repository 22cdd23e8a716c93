# The flags are given to a bind mount, which ignores them: mount(2).
# Begin here: mnt: a host directory can be bound, also read-only with all below it
# steps/03-mnt/mnt.cpp
s/if ((entry.flags & attributes) != 0)$/if (false)/
