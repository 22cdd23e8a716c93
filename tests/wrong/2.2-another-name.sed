# The inner end has another name than the one that the inner half expects.
# Begin here: net: the container has its own network, with a loopback
# hint: does the child wait until its end of the cable is in its namespace, named eth0
# steps/02-net/net.cpp
s/{inside.get(), endpoint.device, hardware}/{inside.get(), "net0", hardware}/
