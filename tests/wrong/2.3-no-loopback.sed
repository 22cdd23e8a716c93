# A new network namespace begins with a loopback that is down.
# Begin here: net: the container has its own network, with a loopback
# steps/02-net/net.cpp
/^  inside.raise({"address.lo"/d
