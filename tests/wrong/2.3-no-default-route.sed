# Only neighbours on the bridge can be reached.
# Begin here: net: it reaches other machines, with the host's address
# steps/02-net/net.cpp
/^  if (endpoint.way_out)/,/;$/d
