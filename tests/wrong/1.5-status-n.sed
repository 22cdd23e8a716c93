# The owner's exit status for signal n is n, and not 128+n.
# Begin here: pid: a command that signal n ends has the exit status 128+n
# steps/01-pid/child.cpp
s/return {.code = 0, .signal = result.si_status}/return {.code = result.si_status, .signal = 0}/
