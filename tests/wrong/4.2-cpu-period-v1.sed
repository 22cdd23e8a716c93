# The quota is written as the period.
# Begin here: cgroups: its CPU limit is set
# cgroup version 1
# steps/04-cgroups/v1.cpp
s/"cpu.cfs_quota_us"),$/"cpu.cfs_period_us"),/
