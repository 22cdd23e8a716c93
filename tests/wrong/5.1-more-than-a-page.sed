# mount(2) takes one page of options; the names of 120 layers need more.
# Begin here: overlay: 120 layers with any names can be mounted
# steps/05-overlay/overlay.cpp
s/plain.size() < page && //
