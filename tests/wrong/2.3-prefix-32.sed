# No other address is a neighbour, not even the gateway.
# Begin here: net: the container has its own network, with a loopback
# hint: does eth0 have its address
# steps/02-net/net.cpp
/^  inside.add_address(/,/;$/s/endpoint.prefix/32/
