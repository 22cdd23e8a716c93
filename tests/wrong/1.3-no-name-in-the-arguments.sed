# The first argument of a program is its own name.
# Begin here: pid: the command runs, and its exit status is the program's
# steps/01-pid/pid.cpp
s/file, options.command,$/file, {options.command.begin() + 1, options.command.end()},/
