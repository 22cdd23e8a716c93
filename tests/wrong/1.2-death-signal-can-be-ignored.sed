# The kernel drops SIGTERM for a PID 1 that has no handler for it.
# Begin here: pid: it dies with its owner, even by SIGKILL
# steps/01-pid/pid.cpp
/^    set_parent_death_signal(/s/SIGKILL/SIGTERM/
