# A tmpfs takes up to half of the machine's memory.
# Begin here: mnt: its /dev/shm has 64 MiB
# steps/03-mnt/defaults.cpp
s/mode=1777,size=64m"/mode=1777"/
