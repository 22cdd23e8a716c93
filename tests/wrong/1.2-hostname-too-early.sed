# The name is set by the owner, before there is a child in another namespace.
# Begin here: pid: it has its own hostname, and the host keeps its own
# steps/01-pid/main.cpp
/^  auto child = pid::spawn/i\  pid::set_hostname(request.hostname);
s/\[&\](pid::gate&) { pid::set_hostname(request.hostname); }/[](pid::gate\&) {}/
