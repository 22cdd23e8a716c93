# The kernel's first layer is the topmost one.
# Begin here: overlay: a file of an upper layer hides one of a lower layer
# steps/05-overlay/overlay.cpp
s/fmt::join(layers.rbegin(), layers.rend(), ":")/fmt::join(layers, ":")/
