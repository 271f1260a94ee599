#!/usr/bin/env bash
# Every shipped platform and runtime profile decodes; their networks carry transfers as their figures say.
# Usage: platforms.sh RINGTAIL SOURCE_DIR
set -u
ringtail=$1
cd "$2" || exit 1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
status=0
fail() {
  echo "FAILED $1"
  status=1
}

# decode NAME DEPLOYMENT ARGUMENTS...: one step of 8 sequences per GPU; its result is in $work/out.
decode() {
  local name=$1 deployment=$2
  shift 2
  "$ringtail" simulate "workloads/deployments/$deployment.yaml" --set 'decode.batch={per_gpu: 8}' --set run.warmup=0 \
    --steps 1 --replications 1 -q --format json "$@" >"$work/out" || fail "$name: exit code $?"
  grep -q '"feasible": true' "$work/out" || fail "$name does not decode"
}
small() { decode "$1" qwen3-235b-64 --set gpus=8 --set 'parallelism={attention: {dp: 8}, ffn: {ep: 8}}' "${@:2}"; }
for file in platforms/*.yaml; do
  name=$(basename "$file" .yaml)
  small "$name" --set platform="$name"
done
# An island of 72 is nine groups of eight; none of their transfers leaves it.
decode 'gb200-nvl72, all GPUs' llama-3.1-405b-64 --set platform=gb200-nvl72 --set gpus=72 \
  --set 'parallelism={attention: {dp: 9, tp: 8}, ffn: {ep: 9, tp: 8}}'
for file in workloads/runtimes/*.yaml; do
  name=$(basename "$file" .yaml)
  small "$name" --set runtime="$name"
  grep -q "\"preset\": \"$name\"" "$work/out" || fail "$name is not in the provenance"
done

# ends NAME MICROSECONDS PLATFORM SRC,DST,BYTES OPTIONS...: when the last transfer ends, to the nanosecond.
ends() {
  local name=$1 expected=$2 platform=$3 got
  shift 3
  { echo src,dst,bytes,start_s; for t in $1; do echo "$t,0"; done; } >"$work/t.csv"
  shift
  got=$("$ringtail" traffic "$platform" "$work/t.csv" "$@" |
    awk -F, 'NR > 1 && $NF > last { last = $NF } END { printf("%.3f", last * 1e6) }')
  [[ $got == "$expected" ]] || fail "$name: $got us, expected $expected"
}
all=''
for src in {0..7}; do for dst in {0..7}; do ((src == dst)) || all+=" $src,$dst,53760000"; done; done
# A link of the mesh carries 64 GB/s · 0.84 = 53.76 GB/s: 53.76 MB in 1 ms, after 1 us. All 56 pairs at once take no longer.
ends 'mi300x: one transfer' 1001.000 mi300x 0,1,53760000
ends 'mi300x: all-to-all' 1001.000 mi300x "$all"
# A switch with ports of 7 · 64 GB/s lends one transfer a whole port: a seventh of the time. In the all-to-all seven share it.
port=(--set island.topology=switch --set island.bandwidth='448 GB/s')
ends 'a switch: one transfer' 143.857 mi300x 0,1,53760000 "${port[@]}"
ends 'a switch: all-to-all' 1001.000 mi300x "$all" "${port[@]}"
ends 'paper-reference-mesh' 1001.000 paper-reference-mesh 0,1,64000000
# GB200: GPUs 0 and 71 are on one NVLink domain at 900 · 0.69 = 621 GB/s, 72 is in the next rack at 100 · 0.97 GB/s.
ends 'gb200-nvl72: inside the rack' 1001.000 gb200-nvl72 0,71,621000000
ends 'gb200-nvl72: between racks' 1005.000 gb200-nvl72 0,72,97000000

((status == 0)) && echo 'all passed'
exit $status
