# The shared root changes with each run.
# Begin here: mnt: /tmp, /run and /root are writable, and the demo root doesn't change
# steps/03-mnt/main.cpp
s/root.read_only);/false);/
