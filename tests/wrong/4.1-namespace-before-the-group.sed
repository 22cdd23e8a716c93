# The root of the new namespace is the group that the process was in.
# Begin here: cgroups: it sees that cgroup as its /
# cgroup version 1
# steps/04-cgroups/main.cpp
/^ *cgroup::enter();/d
/^ *group.join();/i\  cgroup::enter();
