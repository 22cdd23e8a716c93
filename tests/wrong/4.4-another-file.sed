# cgroup.freeze stops the processes, and none of them ends.
# Begin here: cgroups: what is left in it is killed at its end
# cgroup version 2
# steps/04-cgroups/cgroup.cpp
s|"/cgroup.kill"|"/cgroup.freeze"|
