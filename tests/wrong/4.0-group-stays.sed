# The kernel removes no group by itself.
# Begin here: cgroups: its cgroup is gone afterwards
# steps/04-cgroups/main.cpp
/^  group.remove();/d
s/^  const auto result = child.wait();/&\n  [[maybe_unused]] auto* kept = new cgroup::group(std::move(group));/
s/report_end(group,/report_end(*kept,/
