# Packets leave with an address to which no other machine has a route.
# Begin here: net: it reaches other machines, with the host's address
# steps/02-net/nft_rules.cpp
s/oifname != \\"{}\\" masquerade", pool, bridge/oifname != \\"{}\\" accept", pool, bridge/
