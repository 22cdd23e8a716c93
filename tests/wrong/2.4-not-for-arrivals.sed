# Packets that arrive don't pass the hook output.
# Begin here: net: a published port can be reached from outside
# steps/02-net/nft_rules.cpp
s/nat hook prerouting priority dstnat/nat hook output priority -100/
