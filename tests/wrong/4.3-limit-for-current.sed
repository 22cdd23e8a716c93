# The file of the limit is read as the usage.
# Begin here: cgroups: its usage can be read
# cgroup version 2
# steps/04-cgroups/usage.cpp
s/memory.current/memory.max/
