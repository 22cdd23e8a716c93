# SPDX-License-Identifier: MIT
# bench/table.sh: measures commands and prints a table. bench/run and bench/images source
# it and set `rounds`.

# table TITLE NAME COMMAND…: NAME and COMMAND may be repeated. A command is split into
# words and run by this shell, so the start of a shell isn't measured. Before each command
# $prepare is run with the command as its arguments; its time isn't measured. A command
# that fails is omitted.
prepare=:
table() {
  local title=$1 round at begin end
  shift
  local names=() commands=()
  while (($#)); do names+=("$1") commands+=("$2"); shift 2; done
  local times=()
  for ((round = 0; round <= rounds; ++round)); do
    for at in "${!names[@]}"; do
      $prepare ${commands[at]}
      begin=${EPOCHREALTIME/./}
      ${commands[at]} >/dev/null 2>/run/bench-errors </dev/null ||
        { echo "${names[at]} failed: $(tail -n 1 /run/bench-errors)" >&2
          unset "names[at]"; continue; }
      end=${EPOCHREALTIME/./}
      ((round == 0)) || times[at]+=" $((end - begin))"
    done
  done
  printf '\n%s\n' "$title"
  for at in "${!names[@]}"; do
    # shellcheck disable=SC2086  # numbers
    printf '%s\n' ${times[at]} | sort -n |
      awk -v name="${names[at]}" -v at=$((rounds / 2 + 1)) \
        'NR == 1 { least = $1 } NR == at { print name "\t" $1 / 1000 "\t" least / 1000 }'
  done | awk -F '\t' 'NR == 1 { first = $2; printf "  %-34s %9s %9s %7s\n", "", "median",
                                "least", "ratio" }
                      { printf "  %-34s %9.2f %9.2f %7.2f\n", $1, $2, $3, $2 / first }'
}
