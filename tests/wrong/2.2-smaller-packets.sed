# The inner end has a smaller MTU than the rest of the way.
# Begin here: net: packets of 1,500 bytes fit
# steps/02-net/link.cpp
/rtnl_link_set_ns_fd(inner.get(),/a\  ::rtnl_link_set_mtu(inner.get(), 1280);
