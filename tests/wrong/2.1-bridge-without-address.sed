# The host isn't connected to its own switch.
# Begin here: net: it reaches the host at the gateway
# steps/02-net/net.cpp
/^  host.add_address({"bridge.address"/,/;$/d
