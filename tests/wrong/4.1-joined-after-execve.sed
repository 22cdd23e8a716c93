# The command already runs, without limits, when it is moved into the group.
# Begin here: cgroups: it is in its own cgroup
# Begin here: cgroups: it sees that cgroup as its /
# steps/04-cgroups/main.cpp
/^ *group.join();/d
s/\.cgroup = group.fd()/.cgroup = -1/
/^  child.start();/a\  group.add(child.id());
