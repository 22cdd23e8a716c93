# The host's end is made, and not brought up.
# Begin here: net: it reaches the host at the gateway
# steps/02-net/link.cpp
/rtnl_link_set_flags(outer.get(), IFF_UP)/d
