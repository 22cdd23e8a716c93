# The port is held, and leads nowhere.
# Begin here: net: a published port can be reached from outside
# steps/02-net/net.cpp
/^  for (const auto& port : ports)$/{N;/add_element/d}
