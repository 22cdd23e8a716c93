# The route is for one address, and not for all.
# Begin here: net: it reaches other machines, with the host's address
# steps/02-net/link.cpp
s/to_ipv4_address({}, 0)/to_ipv4_address({}, 32)/
