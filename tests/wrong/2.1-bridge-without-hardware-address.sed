# The bridge takes the address of a port, and changes it with its ports.
# Begin here: net: the bridge has its own hardware address
# steps/02-net/link.cpp
/rtnl_link_set_addr(bridge.get(),/d
