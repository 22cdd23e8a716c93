# "." is still where the program was started. (The second verdict is for a start in a
# directory that is a mount.)
# Begin here: mnt: the container has its own mount namespace: it ended early: step3: pivot_root
# Begin here: mnt: the container has its own mount namespace: it ended early: step3: execve
# steps/03-mnt/mnt.cpp
/^  fchdir({"pivot.enter"_id/d
