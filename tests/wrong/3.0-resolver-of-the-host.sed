# The container has no DNS servers.
# Begin here: mnt: its /etc has its name and DNS servers
# steps/03-mnt/defaults.cpp
s/\.data = resolvers()/.data = ""/
