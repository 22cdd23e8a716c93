# It takes the status of whatever ends first.
# Begin here: pid: with --init, PID 1 reaps orphans, and ends with the command
# steps/01-pid/init.cpp
/if (ended != command) continue;/d
