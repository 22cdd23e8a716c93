# Root inside reaches what the host offers to itself.
# Begin here: net: a container can't reach the host's loopback
# steps/02-net/nft_rules.cpp
s/iifname != \\"lo\\" ip daddr 127.0.0.0\/8 drop; /iifname != \\"lo\\" ip daddr 127.0.0.0\/8 accept; /
