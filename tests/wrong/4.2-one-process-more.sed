# The limit includes the first process.
# Begin here: cgroups: its limit of processes is set
# steps/04-cgroups/cgroup.cpp
s/max_or(\*limits.pids)/max_or(*limits.pids + 1)/
