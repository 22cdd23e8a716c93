# cpuacct.usage counts nanoseconds.
# Begin here: cgroups: its usage can be read
# cgroup version 1
# steps/04-cgroups/v1.cpp
s/number_in(at->file("cpuacct.usage")).value_or(0) \/ 1000/number_in(at->file("cpuacct.usage")).value_or(0)/
