# user_usec leaves out the kernel's time, and system_usec the program's.
# Begin here: cgroups: its usage can be read
# cgroup version 2
# steps/04-cgroups/usage.cpp
s/"usage_usec"/"system_usec"/
