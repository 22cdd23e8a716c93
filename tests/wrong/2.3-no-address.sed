# eth0 is up, and has no address.
# Begin here: net: the container has its own network, with a loopback
# steps/02-net/net.cpp
/^  inside.add_address(/,/;$/d
