# The rule is for packets to the containers, not from them.
# Begin here: net: it reaches other machines, with the host's address
# steps/02-net/nft_rules.cpp
s/"ip saddr {} oifname != \\"{}\\" masquerade", pool, bridge/"ip daddr {} oifname != \\"{}\\" masquerade", pool, bridge/
