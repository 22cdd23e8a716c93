# The next program removes the writable layer of a container that runs.
# Begin here: overlay: two containers share layers, but not their changes
# steps/05-overlay/writable.cpp
s/if (!lock || !try_lock(lock->get())) continue;/if (!lock) continue;/
