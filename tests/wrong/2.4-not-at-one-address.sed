# The map of the ports that are published at one address is never looked up.
# Begin here: net: a port published at one address is closed at the others
# steps/02-net/nft_rules.cpp
/dnat to ip daddr . meta l4proto . th dport map @ports_at; /s/".*"/""/
