# The container's port has the host's number.
# Begin here: net: a published port can be reached from outside
# steps/02-net/ports.cpp
s/key(), container.text(), container_port/key(), container.text(), host_port/
