# The owner makes the cgroup namespace, before it makes the child.
# Begin here: cgroups: it sees that cgroup as its /
# steps/04-cgroups/main.cpp
/^ *cgroup::enter();/d
/^  auto child = pid::spawn/i\  cgroup::enter();
