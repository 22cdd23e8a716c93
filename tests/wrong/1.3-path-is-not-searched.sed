# execve(2) takes a path; it looks for nothing.
# Begin here: pid: the command runs, and its exit status is the program's
# hint: is the program's name looked up in PATH
# steps/01-pid/pid.cpp
/^      find_program(options.command/s/find_program(\(options.command.at(0)\), .*/\1;/
