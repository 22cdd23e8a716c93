# The period is written as the quota, and the quota as the period.
# Begin here: cgroups: its CPU limit is set
# cgroup version 2
# steps/04-cgroups/cgroup.cpp
s/max_or(\*limits.cpu_quota_us), cpu_period_us/cpu_period_us, max_or(*limits.cpu_quota_us)/
