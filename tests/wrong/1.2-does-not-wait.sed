# The command starts before the owner lets it.
# Begin here: pid: the command runs, and its exit status is the program's
# steps/01-pid/pid.cpp
/^    to_host.send(message::ready);/{n;d}
