# The child's end is noticed, and its status never collected.
# Begin here: pid: the command runs, and its exit status is the program's
# steps/01-pid/child.cpp
s/P_PIDFD, static_cast<id_t>(pidfd_.get()), &result, WEXITED)/P_PIDFD, static_cast<id_t>(pidfd_.get()), \&result, WSTOPPED | WNOHANG)/
