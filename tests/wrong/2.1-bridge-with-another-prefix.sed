# The host looks for most containers elsewhere.
# Begin here: net: it reaches the host at the gateway
# steps/02-net/net.cpp
/^  host.add_address({"bridge.address"/,/;$/s/net.pool.prefix/30/
