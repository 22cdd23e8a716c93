# The OOM killer ends one process, and the others go on without it.
# Begin here: cgroups: over the limit all its processes are killed
# cgroup version 2
# steps/04-cgroups/cgroup.cpp
/^  if (limits.oom_kills_all)/,/;$/d
