# Beyond its limit of memory it goes on in swap.
# Begin here: cgroups: a memory limit alone allows no swap
# cgroup version 1
# steps/04-cgroups/v1.cpp
s/limits.memory_swap_bytes || exists(swap_file)/limits.memory_swap_bytes/
