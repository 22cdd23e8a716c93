# --read-only is accepted, and does nothing.
# Begin here: mnt: /tmp, /run and /root are writable, and the demo root doesn't change
# steps/03-mnt/mnt.cpp
s/^  if (read_only)$/  if (false)/
