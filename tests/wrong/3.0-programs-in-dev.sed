# Programs in /dev can be run, and can gain privileges.
# Begin here: mnt: its /dev has the standard nodes and links
# steps/03-mnt/defaults.cpp
/\.id = "dev"_id/,/nodes/s/MS_NOSUID | MS_NOEXEC/0/
