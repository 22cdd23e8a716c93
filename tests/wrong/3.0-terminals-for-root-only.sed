# Without ptmxmode nobody but root can open a terminal.
# Begin here: mnt: its /dev/pts has its own terminals
# steps/03-mnt/defaults.cpp
s/newinstance,ptmxmode=0666,/newinstance,/
