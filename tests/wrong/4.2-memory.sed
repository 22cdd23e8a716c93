# The limit is not written.
# Begin here: cgroups: its memory limit is set
# cgroup version 2
# steps/04-cgroups/cgroup.cpp
/write_file({"memory"_id, /,/;$/d
