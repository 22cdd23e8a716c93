# The owner forgets the command's status.
# Begin here: pid: the command runs, and its exit status is the program's
# steps/01-pid/child.cpp
s/return {.code = result.si_status, .signal = 0}/return {.code = 0, .signal = 0}/
