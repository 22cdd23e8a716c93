# The status of a command that signal n has ended is n, and not 128+n.
# Begin here: pid: with --init, a command that signal n ends has the status 128+n
# steps/01-pid/init.cpp
s/128 + WTERMSIG/WTERMSIG/
