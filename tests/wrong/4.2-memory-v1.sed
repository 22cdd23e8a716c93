# The limit is not written.
# Begin here: cgroups: its memory limit is set
# cgroup version 1
# steps/04-cgroups/v1.cpp
/write_file({"memory"_id, /,/;$/d
