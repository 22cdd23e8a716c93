# A colon in a name ends it.
# Begin here: overlay: 120 layers with any names can be mounted
# steps/05-overlay/overlay.cpp
s/std::ranges::all_of(distinct, needs_no_escape)/true/
