# It ends only when no process is left.
# Begin here: pid: with --init, a signal to the program reaches the command
# steps/01-pid/init.cpp
s/^  ::_exit(status);/  while (::waitpid(-1, nullptr, 0) > 0) {}\n  ::_exit(status);/
