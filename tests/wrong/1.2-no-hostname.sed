# The new UTS namespace begins with a copy of the host's name.
# Begin here: pid: it has its own hostname, and the host keeps its own
# steps/01-pid/pid.cpp
/^  sethostname(/d
s/^void set_hostname(const std::string& name)/void set_hostname(const std::string\&)/
