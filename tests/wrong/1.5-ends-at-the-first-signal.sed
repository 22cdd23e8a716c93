# A signal to the program ends its waiting.
# Begin here: pid: a signal to the program reaches the command
# steps/01-pid/child.cpp
s/^    const int signal = static_cast<int>(got.ssi_signo);/    break;\n&/
