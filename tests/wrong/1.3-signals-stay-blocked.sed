# execve(2) keeps the signal mask; init has blocked all signals.
# Begin here: pid: no signal is blocked in the command
# steps/01-pid/pid.cpp
/^  sigemptyset(&none);/d
s/^  sigset_t none;/  sigset_t none;\n  sigfillset(\&none);/
