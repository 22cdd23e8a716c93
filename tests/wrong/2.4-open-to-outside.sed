# Every port of a container can be reached by a neighbour of the host.
# Begin here: net: from outside, only published ports can be reached
# steps/02-net/nft_rules.cpp
s/ct status ! dnat drop/ct status ! dnat accept/
