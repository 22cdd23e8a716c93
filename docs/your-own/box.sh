#!/bin/bash
# SPDX-License-Identifier: MIT
# Runs a command in its own PID and UTS namespaces by unshare(1), for the self-check of
# step 1.
hostname=box init=
while [[ $1 != -- ]]; do
  case $1 in
    --hostname) hostname=$2; shift ;;
    --init) init=1 ;;
  esac
  shift
done
shift
for fd in /proc/$$/fd/*; do
  fd=${fd##*/}
  ((fd <= 2 || fd == 255)) || eval "exec $fd>&-"
done
export hostname init
exec unshare --pid --uts --fork --kill-child sh -c '
  hostname "$hostname"
  [ -n "$init" ] || exec "$@"
  "$@"' sh "$@"
