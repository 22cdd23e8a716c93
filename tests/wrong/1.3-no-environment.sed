# The program gets an empty environment.
# Begin here: pid: the command has an environment
# steps/01-pid/pid.cpp
/^  execve({/,/;$/s/options.environment/{}/
