# A UDP port is published as a TCP port.
# Begin here: net: a published UDP port can be reached from outside
# steps/02-net/ports.cpp
s/return over == protocol::tcp ? "tcp" : "udp";/return "tcp";/
