# Each container has the same address.
# Begin here: net: it has the requested address
# steps/02-net/net.cpp
/^  inside.add_address(/,/;$/s/endpoint.device, endpoint.own/endpoint.device, address{endpoint.gateway.number + 1}/
