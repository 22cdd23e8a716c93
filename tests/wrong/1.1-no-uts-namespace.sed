# sethostname(2) renames the host.
# Begin here: pid: the container has its own UTS namespace
# steps/01-pid/main.cpp
s/CLONE_NEWPID | CLONE_NEWUTS/CLONE_NEWPID/
