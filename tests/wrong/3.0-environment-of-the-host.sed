# The caller's variables, with passwords perhaps, are the container's.
# Begin here: mnt: it has none of the caller's environment
# steps/03-mnt/main.cpp
s/mnt::environment(request.hostname)/callers_environment()/
