# It closes its own end of the gate, through which it reports that it is ready.
# Begin here: pid: the command runs, and its exit status is the program's
# hint: is the gate still open in the child
# steps/01-pid/pid.cpp
s/static_cast<unsigned>(narration::move_outputs(4)), ~0U/3, ~0U/
