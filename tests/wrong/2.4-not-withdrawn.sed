# The rule stays when the container ends.
# Begin here: net: a port is free again when its container ends
# steps/02-net/net.cpp
/nft::run_unless(ENOENT, {delete_element/s/.*/    static_cast<void>(port);/
