# It closes a few descriptors, not all.
# Begin here: pid: no descriptor of the host is open in it
# steps/01-pid/pid.cpp
s/move_narration(4) ? 5 : 4, ~0U/move_narration(4) ? 5 : 4, 8/
