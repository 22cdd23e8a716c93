# clone3(2) is not told the cgroup, and in version 2 nothing else moves the child.
# Begin here: cgroups: it is in its own cgroup
# cgroup version 2
# step 4
# steps/01-pid/pid.cpp
s/options.before ? -1 : options.cgroup/-1/
