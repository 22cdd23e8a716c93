# The owner waits for the end of file that says that execve has succeeded.
# Begin here: pid: with --init, a signal to the program reaches the command
# steps/01-pid/init.cpp
/^  to_host.close();/d
