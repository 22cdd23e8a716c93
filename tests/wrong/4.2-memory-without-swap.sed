# Beyond its limit of memory it goes on in swap.
# Begin here: cgroups: a memory limit alone allows no swap
# cgroup version 2
# steps/04-cgroups/cgroup.cpp
s/limits.memory_swap_bytes || exists(at.file("memory.swap.max"))/limits.memory_swap_bytes/
