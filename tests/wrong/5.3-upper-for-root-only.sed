# The upper directory becomes the container's /, with the mode of mkdir.
# Begin here: overlay: its / has the mode of the topmost layer
# steps/05-overlay/writable.cpp
s/like.st_mode & 07777/0700/
