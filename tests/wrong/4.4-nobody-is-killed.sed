# rmdir(2) refuses a group that has processes.
# Begin here: cgroups: what is left in it is killed at its end
# cgroup version 1
# steps/04-cgroups/v1.cpp
/^  for (const pid_t pid : processes_in(directory)) ::kill/d
