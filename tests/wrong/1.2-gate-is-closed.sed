# It closes its own end of the gate, through which it reports that it is ready.
# Begin here: pid: the command runs, and its exit status is the program's
# hint: is the gate still open in the child
# steps/01-pid/pid.cpp
s/move_narration(4) ? 5 : 4, ~0U/move_narration(4) ? 3 : 3, ~0U/
