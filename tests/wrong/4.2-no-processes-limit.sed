# A fork bomb goes on.
# Begin here: cgroups: its limit of processes is set
# steps/04-cgroups/cgroup.cpp
/^  write_file({"pids"_id/,/;$/d
