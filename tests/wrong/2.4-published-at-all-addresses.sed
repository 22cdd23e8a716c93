# A port for 127.0.0.1 alone is open to everyone.
# Begin here: net: a port published at one address is closed at the others
# steps/02-net/ports.cpp
s/^const char\* published_port::map() const .*/const char* published_port::map() const { return "ports"; }/
s/^  return host ? fmt::format("{} . {}", host->text(), port) : port;/  return port;/
