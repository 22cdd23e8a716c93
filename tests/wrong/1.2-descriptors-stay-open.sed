# The files that the host's program has open stay open in the container.
# Begin here: pid: no descriptor of the host is open in it
# steps/01-pid/pid.cpp
/^  close_range({/,/;$/d
