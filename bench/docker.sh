# SPDX-License-Identifier: MIT
# bench/docker.sh: starts and stops docker's daemon, with a state directory of its own.

docker() { command docker -H unix:///run/docker.sock "$@"; }
daemon=
start_docker() {
  dockerd -H unix:///run/docker.sock --pidfile /run/docker.pid --data-root \
    /run/docker-data --exec-root /run/docker-exec >/run/docker-log 2>&1 &
  daemon=$!
  until docker version >/dev/null 2>&1; do
    kill -0 $daemon 2>/dev/null || { tail -n 1 /run/docker-log >&2; daemon= && return 1; }
  done
}
end_docker() {
  [[ $daemon ]] || return 0
  docker rm -f $(docker ps -aq) || true  # this fails if there are no containers
  kill $daemon && wait $daemon || true
  find /sys/fs/cgroup -maxdepth 2 -name docker -type d -exec rmdir {} \;
} >/dev/null 2>&1
