# The flags are not passed on, so that the child is an ordinary one.
# Begin here: pid: the container has its own PID namespace
# steps/01-pid/pid.cpp
s/namespaces, options.before/0, options.before/
