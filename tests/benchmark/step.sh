#!/usr/bin/env bash
# Wall time and peak memory of a simulated decode step: tests/benchmark/step.sh [RINGTAIL] [DEPLOYMENT [--set ...]]
# One replication on one core, 10 and 100 steps: time per step is without process start and set-up (the difference of the
# two), and memory must not grow.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
ringtail=${1:-build/release/ringtail}
deployment=${2:-workloads/deployments/deepseek-v3-64.yaml}
shift $(($# < 2 ? $# : 2))

# field NAME < JSON: the number of that key.
field() { sed -n "s/^ *\"$1\": \([0-9.e+-]*\),*$/\1/p" | head -n 1; }

measure() {
  local json
  json=$("$ringtail" simulate "$deployment" "$@" --replications 1 -j 1 -q --format json | sed -n '/^  "engine"/,$p')
  echo "$(field wall_s <<<"$json") $(field peak_rss_bytes <<<"$json") $(field sampling_s <<<"$json") $(field transfers <<<"$json") $(field steps <<<"$json")"
}

read -r wall10 rss10 _ _ steps10 <<<"$(measure "$@" --steps 10)"
read -r wall100 rss100 sampling transfers steps100 <<<"$(measure "$@" --steps 100)"
awk -v w1="$wall10" -v w2="$wall100" -v r1="$rss10" -v r2="$rss100" -v s="$sampling" -v t="$transfers" -v n1="$steps10" \
  -v n2="$steps100" 'BEGIN {
    printf "wall time per step   %.3f s\n", (w2 - w1) / (n2 - n1)
    printf "of it sampling       %.1f ms\n", 1e3 * s / n2
    printf "transfers per step   %.0f\n", t / n2
    printf "peak memory          %.1f MB after %d steps, %.1f MB after %d\n", r1 / 1e6, n1, r2 / 1e6, n2
  }'
