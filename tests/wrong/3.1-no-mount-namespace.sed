# Everything is mounted on the host.
# Begin here: mnt: the container has its own mount namespace
# steps/03-mnt/main.cpp
s/ | CLONE_NEWNS;/;/
