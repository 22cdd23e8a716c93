# The host's /proc shows the host's processes.
# Begin here: mnt: its /proc shows its own processes only
# steps/03-mnt/defaults.cpp
/\.id = "proc"_id/,/}/{s/\.type = "proc"/.type = "bind", .source = "\/proc"/;s/\.flags = safe/.flags = MS_REC/}
