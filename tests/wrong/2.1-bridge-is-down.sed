# The bridge is made, and not brought up.
# Begin here: net: it reaches the host at the gateway
# steps/02-net/link.cpp
/rtnl_link_set_flags(bridge.get(), IFF_UP)/d
