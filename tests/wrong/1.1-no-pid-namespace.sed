# The child shares the host's process numbers.
# Begin here: pid: the container has its own PID namespace
# steps/01-pid/main.cpp
s/CLONE_NEWPID | CLONE_NEWUTS/CLONE_NEWUTS/
