# Nobody makes the directory that is the group.
# Begin here: cgroups: it is in its own cgroup
# hint: is the group's directory made
# steps/04-cgroups/cgroup.cpp
/^  mkdir({"group"_id/d
