# The port leads to the host instead of the container.
# Begin here: net: a published port can be reached from outside
# steps/02-net/net.cpp
s/port.element(own)/port.element(net.pool.gateway())/
