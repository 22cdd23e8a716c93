# There is no switch that the cable could be plugged into.
# Begin here: net: the container has its own network, with a loopback
# hint: is the bridge made first
# steps/02-net/net.cpp
/^  host.make_bridge(/,/;$/d
