# It looks into the groups below, and not into the group itself.
# Begin here: cgroups: what is left in it is killed at its end
# cgroup version 1
# steps/04-cgroups/cgroup.cpp
s/return !processes_in(directory).empty();/return !groups_in(directory).empty();/
