# The kernel refuses a gateway that it can't reach.
# Begin here: net: the container has its own network, with a loopback
# hint: does eth0 have its address, and is it up, before the route is added
# steps/02-net/net.cpp
/^  inside.raise({"address.up"/,/;$/d
