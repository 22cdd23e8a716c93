# Version 2 counts swap separately; the option is for both.
# Begin here: cgroups: a memory limit alone allows no swap
# cgroup version 2
# steps/04-cgroups/cgroup.cpp
s/both == unlimited ? both : both - memory/both/
