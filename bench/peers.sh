# SPDX-License-Identifier: MIT
# bench/peers.sh: finds the runtimes that are installed and work here. bench/run sources
# it. It fills a list of NAME COMMAND pairs for each table.
#
# crun, runc and bwrap set up no network and no layers, and keep no log. podman runs a
# directory here, so it sets up no layers either. docker uses a daemon that this script
# starts with a state directory of its own. podman and docker take long, so a short run
# omits them.
peers=() run_peers=() detached_peers=() exec_peers=() rm_peers=() stop_peers=()
ps_peers=() crowd_peers=() tail_peers=() cp_peers=()

# works NAME COMMAND…: succeeds if NAME is installed and COMMAND succeeds.
works() {
  command -v "$1" >/dev/null || { echo "$1 isn't installed"; return 1; }
  "${@:2}" >/dev/null 2>/run/bench-errors </dev/null && return
  echo "$1 is omitted, because it fails here: $(tail -n 1 /run/bench-errors)"
  return 1
}

# bundle RUNTIME WORD…: creates a bundle that runs the command WORD…, from the runtime's
# default config.json.
bundle() {
  local at=/run/bundle/$1-$2 words
  words=$(printf '"%s",' "${@:2}")
  mkdir -p "$at"
  (cd "$at" && "$1" spec &&
    sed -i "s/\"sh\"/${words%,}/; s/\"terminal\": true/\"terminal\": false/
            s|\"path\": \"rootfs\"|\"path\": \"/run/root\"|" config.json)
}
begun=0
begin_one() { "$1" run -d -b "/run/bundle/$1-sleep" "$1-$((++begun))"; }

for peer in crun runc; do
  ! command -v $peer >/dev/null || { bundle $peer true; bundle $peer sleep 100000; }
  works $peer $peer run -b /run/bundle/$peer-true tried-$peer || continue
  $peer run -d -b /run/bundle/$peer-sleep kept-$peer >/dev/null 2>&1 </dev/null
  peers+=($peer)
  run_peers+=("$peer run" "$peer run -b /run/bundle/$peer-true bench-$peer")
  detached_peers+=("$peer run -d" "begin_one $peer")
  exec_peers+=("$peer exec" "$peer exec kept-$peer true")
done

in_bwrap="bwrap --unshare-all --ro-bind /run/root / --proc /proc --dev /dev true"
! works bwrap $in_bwrap || run_peers+=("bwrap" "$in_bwrap")

runtime=${peers[*]: -1}
pod() { podman --root /run/podman --runroot /run/podman.run --runtime $runtime "$@"; }
# podman's default for these two limits needs CAP_SYS_RESOURCE.
pod_run() { pod run --ulimit nofile=1024:1024 --ulimit nproc=1024:1024 "$@"; }
if [[ $runtime && ! ${short-} ]] && works podman pod_run --rm --rootfs /run/root true; then
  pod_run -d --name kept --rootfs /run/root sleep 100000 >/dev/null 2>&1 </dev/null
  run_peers+=("podman run --rm" "pod_run --rm --rootfs /run/root true")
  detached_peers+=("podman run -d" "pod_run -d --rootfs /run/root sleep 100000")
  exec_peers+=("podman exec" "pod exec kept true")
  crowd_peers+=("podman" "crowd pod_run -d --rootfs /run/root sleep 100000")
  peers+=(pod)
fi

source "$here/bench/docker.sh"
docker_begun=0 docker_removed=0 docker_stopped=0
docker_one() { docker run -d --name "b$((++docker_begun))" box sleep 100000; }
remove_docker_one() { docker rm -f "b$((++docker_removed))"; }
stop_docker_one() { docker stop "s$((docker_stopped++))"; }
if [[ ! ${short-} ]] && works dockerd start_docker; then
  tar -C /run/root -c . | docker import - box >/dev/null
  docker run -d --name kept box sleep 100000 >/dev/null
  run_peers+=("docker run --rm" "docker run --rm box true")
  detached_peers+=("docker run -d" docker_one)
  exec_peers+=("docker exec" "docker exec kept true")
  rm_peers+=("docker rm -f" remove_docker_one)
  stop_peers+=("docker stop" stop_docker_one)
  ps_peers+=("docker ps -a" "docker ps -a")
  crowd_peers+=("docker" "crowd docker run -d box sleep 100000")
  tail_peers+=("docker logs --tail 10" "docker logs --tail 10 logged")
  cp_peers+=("docker cp, in" "docker cp /run/data kept:/data"
             "docker cp, out" "docker cp kept:/data /run/data.docker")
fi

# Starts as many containers as bench/run has for zoomin, each running the script $1, which
# exits at SIGTERM.
begin_stoppable_peers() {
  local i
  [[ $daemon ]] || return 0
  for ((i = 0; i <= rounds; ++i)); do docker run -d --rm --name "s$i" box sh -c "$1"; done
} >/dev/null

run_logging_peers() {
  [[ ! $daemon ]] || docker run --name logged box sh -c "$1" >/dev/null
}

end_peers() {
  local peer id
  [[ ! $daemon ]] ||
    docker rm -f $(docker ps -aq | grep -v "$(docker ps -q --filter name=kept)") \
      >/dev/null 2>&1 || true
  for peer in "${peers[@]}"; do
    [[ $peer != pod ]] || { pod rm -af -t 0 >/dev/null 2>&1; continue; }
    for id in $($peer list -q); do $peer delete -f "$id"; done
  done
}
