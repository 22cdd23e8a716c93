#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# Runs a command in its own PID and UTS namespaces, for the self-check of step 1.
import ctypes, os, signal, sys

libc = ctypes.CDLL(None, use_errno=True)
NEWUTS, NEWPID, PDEATHSIG = 0x04000000, 0x20000000, 1
FORWARDED = {signal.SIGTERM, signal.SIGINT, signal.SIGHUP}

def request(name, *arguments):
    if getattr(libc, name)(*arguments) != 0:
        error = ctypes.get_errno()
        sys.exit(f"box: {name}: {os.strerror(error)}")

def execute(command):
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    try:
        os.execvp(command[0], command)
    except OSError as failure:
        print(f"box: {command[0]}: {failure.strerror}", file=sys.stderr)
        os._exit(127 if isinstance(failure, FileNotFoundError) else 126)

def status_of(child):
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return code if code >= 0 else 128 - code

def forward_signals(child):
    for number in FORWARDED:
        signal.signal(number, lambda number, _: os.kill(child, number))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, FORWARDED)

def first_process(hostname, init, command):
    libc.prctl(PDEATHSIG, signal.SIGKILL)
    request("sethostname", hostname.encode(), len(hostname))
    os.closerange(3, 1024)
    if not init:
        execute(command)
    child = os.fork()
    if child == 0:
        execute(command)
    forward_signals(child)
    while True:  # reaps every orphan until the command ends
        pid, status = os.wait()
        if pid == child:
            code = os.waitstatus_to_exitcode(status)
            os._exit(code if code >= 0 else 128 - code)

options, command = sys.argv[1:], []
if "--" in options:
    at = options.index("--")
    options, command = options[:at], options[at + 1:]
hostname = options[options.index("--hostname") + 1] if "--hostname" in options else "box"

request("unshare", NEWUTS | NEWPID)
signal.pthread_sigmask(signal.SIG_BLOCK, FORWARDED)  # until they can be forwarded
child = os.fork()
if child == 0:
    first_process(hostname, "--init" in options, command)
forward_signals(child)
sys.exit(status_of(child))
