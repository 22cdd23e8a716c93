# The number of processes stays 0.
# Begin here: cgroups: its usage can be read
# cgroup version 1
# steps/04-cgroups/v1.cpp
/now.pids = number_in/d
