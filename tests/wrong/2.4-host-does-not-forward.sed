# The host drops the packets of others.
# Begin here: net: it reaches other machines, with the host's address
# steps/02-net/net.cpp
/^  write_file({"forward"_id/d
