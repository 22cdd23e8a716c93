# The file of the limit is read as the usage.
# Begin here: cgroups: its usage can be read
# cgroup version 1
# steps/04-cgroups/v1.cpp
s/memory.usage_in_bytes/memory.limit_in_bytes/
