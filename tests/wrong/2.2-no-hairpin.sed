# The bridge never sends a frame back through the port that it came from.
# Begin here: net: the bridge can send frames back through their own port
# steps/02-net/net.cpp
/^  host.set_hairpin(/d
