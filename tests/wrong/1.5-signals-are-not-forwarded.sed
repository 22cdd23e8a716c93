# The owner blocks the signals, and passes none on.
# Begin here: pid: a signal to the program reaches the command
# steps/01-pid/child.cpp
/if (got.ssi_code != SI_KERNEL) kill(signal);/d
