# The host's end of the cable isn't a port of the bridge.
# Begin here: net: the container has its own network, with a loopback: it ended early: step2: RTM_SETLINK
# hint: is the host's end of the cable a port of the bridge
# steps/02-net/link.cpp
/rtnl_link_set_master(outer.get(),/d
