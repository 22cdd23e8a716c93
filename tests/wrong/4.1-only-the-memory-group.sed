# In version 1 the group is one directory for each controller.
# Begin here: cgroups: it is in its own cgroup
# cgroup version 1
# steps/04-cgroups/cgroup.cpp
/^void group::join() const {/,/^}/s/^  for (const auto& at : dirs_)/  for (const auto\& at : dirs_)\n    if (at.controllers.contains("memory"))/
