# The peer stays in the host's network namespace.
# Begin here: net: the container has its own network, with a loopback
# hint: is the interface made in the child's network namespace
# steps/02-net/link.cpp
/rtnl_link_set_ns_fd(inner.get(),/d
