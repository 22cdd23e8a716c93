# Root inside can change the machine's devices.
# Begin here: mnt: its /sys is read-only
# steps/03-mnt/defaults.cpp
s/safe | MS_RDONLY/safe/
