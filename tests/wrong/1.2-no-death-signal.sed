# The container outlives its owner.
# Begin here: pid: it dies with its owner, even by SIGKILL
# steps/01-pid/pid.cpp
/^    set_parent_death_signal(/d
