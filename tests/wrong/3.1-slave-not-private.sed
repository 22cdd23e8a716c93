# What the host mounts later appears inside.
# Begin here: mnt: it has none of the host's mounts
# steps/03-mnt/mnt.cpp
/^  mount({"private"_id/,/;$/s/MS_REC | MS_PRIVATE/MS_REC | MS_SLAVE/
