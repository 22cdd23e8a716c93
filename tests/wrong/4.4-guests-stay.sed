# rmdir(2) refuses a group that has processes.
# Begin here: cgroups: what is left in it is killed at its end
# steps/04-cgroups/cgroup.cpp
/^void group::remove() {/,/^}/s/^      kill_all(at, at.directory);//
