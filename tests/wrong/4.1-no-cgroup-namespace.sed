# The container sees where in the host's tree it is.
# Begin here: cgroups: it sees that cgroup as its /
# steps/04-cgroups/cgroup.cpp
/^  unshare({"cgroup"_id/d
