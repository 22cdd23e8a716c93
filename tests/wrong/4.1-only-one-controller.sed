# Only the last controller is enabled.
# Begin here: cgroups: 
# cgroup version 2
# steps/04-cgroups/cgroup.cpp
s/missing += (missing.empty() ? "+" : " +") + name/missing = "+" + name/
