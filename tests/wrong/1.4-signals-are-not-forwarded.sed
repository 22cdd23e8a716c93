# SIGTERM reaches PID 1 and goes no further.
# Begin here: pid: with --init, a signal to the program reaches the command
# steps/01-pid/init.cpp
/::kill(command, signal.si_signo)/d
