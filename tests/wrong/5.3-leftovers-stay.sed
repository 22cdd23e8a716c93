# Nobody removes the writable layers of killed programs.
# Begin here: overlay: the next container cleans up after killed ones
# steps/05-overlay/writable.cpp
/^  remove_stale(scratch);/d
