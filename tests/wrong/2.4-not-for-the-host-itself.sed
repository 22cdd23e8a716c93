# Connections of the host itself don't pass prerouting.
# Begin here: net: the host reaches a published port, also at 127.0.0.1
# steps/02-net/nft_rules.cpp
/{{"rules.own"_id/,/},$/{/{{"rules.own"_id/d;/chain(bridge, "own"/d}
