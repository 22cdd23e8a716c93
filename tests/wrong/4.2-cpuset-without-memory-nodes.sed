# In version 1 no process can join a cpuset without memory nodes.
# Begin here: cgroups: it runs on its processors only
# hint: have cpuset.cpus and cpuset.mems their values
# cgroup version 1
# steps/04-cgroups/v1.cpp
s/{"cpuset.cpus", "cpuset.mems"}/{"cpuset.cpus"}/
