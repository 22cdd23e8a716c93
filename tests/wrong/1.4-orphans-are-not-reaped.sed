# It waits for the command alone, so that orphans stay as zombies.
# Begin here: pid: with --init, PID 1 reaps orphans
# steps/01-pid/init.cpp
s/::waitpid(-1,/::waitpid(command,/
