# SPDX-License-Identifier: MIT
# bench/peers.sh: the runtimes that are installed and work here. Sourced by bench/run; for
# each of table()'s kinds of work a list of NAME COMMAND.
#
# crun, runc and bwrap make no network and no layers, and keep no log; podman is given a
# directory, so it makes no layers either.
peers=() run_peers=() detached_peers=() exec_peers=() crowd_peers=()

# works NAME COMMAND…: installed, and that command doesn't fail.
works() {
  command -v "$1" >/dev/null || { echo "$1 isn't installed"; return 1; }
  "${@:2}" >/dev/null 2>/run/bench-errors </dev/null && return
  echo "$1 is left out, it fails here: $(tail -n 1 /run/bench-errors)"
  return 1
}

# bundle RUNTIME WORD…: a config.json of its own default that runs these.
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
# Its own default of the two limits needs CAP_SYS_RESOURCE.
pod_run() { pod run --ulimit nofile=1024:1024 --ulimit nproc=1024:1024 "$@"; }
if [[ $runtime ]] && works podman pod_run --rm --rootfs /run/root true; then
  pod_run -d --name kept --rootfs /run/root sleep 100000 >/dev/null 2>&1 </dev/null
  run_peers+=("podman run --rm" "pod_run --rm --rootfs /run/root true")
  detached_peers+=("podman run -d" "pod_run -d --rootfs /run/root sleep 100000")
  exec_peers+=("podman exec" "pod exec kept true")
  crowd_peers+=("podman" "crowd pod_run -d --rootfs /run/root sleep 100000")
  peers+=(pod)
fi

end_peers() {
  local peer id
  for peer in "${peers[@]}"; do
    [[ $peer != pod ]] || { pod rm -af -t 0 >/dev/null 2>&1; continue; }
    for id in $($peer list -q); do $peer delete -f "$id"; done
  done
}
