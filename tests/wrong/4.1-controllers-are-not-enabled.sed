# A new group has the files of its limits only if the group above enables them.
# Begin here: cgroups: it is in its own cgroup: it ended early: step4: write(
# hint: is the controller enabled
# cgroup version 2
# steps/04-cgroups/cgroup.cpp
s/^    if (!enabled.contains(name)) missing +=.*/    missing.clear();/
