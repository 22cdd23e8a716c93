# 64m is 64 MiB.
# Begin here: cgroups: its memory limit is set
# steps/04-cgroups/limits.cpp
s/^  double factor = step;/  step = 1000;\n&/
