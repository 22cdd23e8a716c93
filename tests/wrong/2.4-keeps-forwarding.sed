# The host forwards packets for ever after.
# Begin here: net: the last container leaves the host as it was
# steps/02-net/net.cpp
/^  write_file({"release.forward"_id/d
