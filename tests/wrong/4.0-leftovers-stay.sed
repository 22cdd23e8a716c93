# Nobody removes the groups of killed programs.
# Begin here: cgroups: the next container cleans up after killed ones
# steps/04-cgroups/main.cpp
/^  cgroup::clean_up();/d
