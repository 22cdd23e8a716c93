# The child configures an interface that the host hasn't made yet.
# Begin here: net: the container has its own network, with a loopback
# hint: does the child wait until its end of the cable is in its namespace, named eth0
# steps/02-net/main.cpp
/^  child.release();/d
/^  auto cable = bridge.connect(/i\  child.release();
