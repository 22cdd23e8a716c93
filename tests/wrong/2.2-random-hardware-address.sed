# Each run has another hardware address, which neighbours learn only after a while.
# Begin here: net: a reused address keeps its hardware address
# steps/02-net/link.cpp
/rtnl_link_set_addr(inner.get(),/d
