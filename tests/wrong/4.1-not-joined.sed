# The child stays in the group of its owner.
# Begin here: cgroups: it is in its own cgroup
# cgroup version 1
# steps/04-cgroups/main.cpp
/^ *group.join();/d
