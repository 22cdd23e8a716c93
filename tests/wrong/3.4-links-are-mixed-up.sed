# /dev/stderr leads to descriptor 1.
# Begin here: mnt: its /dev has the standard nodes and links
# steps/03-mnt/defaults.cpp
/"stderr"/s/fd.2/fd\/1/
