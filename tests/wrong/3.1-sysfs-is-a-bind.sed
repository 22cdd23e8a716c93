# The host's /sys shows the host's network devices.
# Begin here: mnt: its /sys is read-only
# steps/03-mnt/defaults.cpp
/\.id = "sys"_id/,/}/{s/\.type = "sysfs"/.type = "bind", .source = "\/sys"/;s/safe | MS_RDONLY/MS_REC/}
