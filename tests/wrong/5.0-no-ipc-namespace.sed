# System V shared memory and message queues are the host's.
# Begin here: overlay: a whole container also has its own IPC namespace
# steps/05-overlay/main.cpp
s/CLONE_NEWPID | CLONE_NEWUTS | CLONE_NEWIPC/CLONE_NEWPID | CLONE_NEWUTS/
