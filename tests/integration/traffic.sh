#!/usr/bin/env bash
# `ringtail traffic` on hand-made transfers with known answers, on each topology. Usage: traffic.sh RINGTAIL SOURCE_DIR
set -u
ringtail=$1
source_dir=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0
fail() {
  echo "FAILED $1"
  failures=$((failures + 1))
}

# A platform of round numbers: ports of 10 GB/s inside islands of 4 and 1 GB/s between them, 1 us and 2 us.
cat >"$work/p.yaml" <<'YAML'
name: round
gpu: {hbm: {capacity: 1 GB, bandwidth: 1 GB/s}, peak: {bf16: 1 TFLOPS}}
island: {size: 4, bandwidth: 10 GB/s, latency: 1 us}
fabric: {bandwidth: 1 GB/s, latency: 2 us}
YAML

# transfers LINE...: writes the CSV.
transfers() { { echo src,dst,bytes,start_s; printf '%s\n' "$@"; } >"$work/t.csv"; }

# finish NAME "EXPECTED..." OPTIONS...: the finishes in microseconds, to the nanosecond; both solvers.
finish() {
  local name=$1 expected=$2 solver got
  shift 2
  for solver in fluid simgrid; do
    got=$("$ringtail" traffic "$work/p.yaml" "$work/t.csv" "$@" --solver $solver 2>"$work/err" |
      awk -F, 'NR > 1 { printf("%s%.3f", (NR > 2 ? " " : ""), $NF * 1e6) }')
    [[ $got == "$expected" ]] || fail "$name ($solver): $got, expected $expected; $(head -n 3 "$work/err")"
  done
}

transfers 0,1,10000,0 4,0,1000,0.001
finish 'one flow: latency + bytes / bandwidth' '2.000 1003.000'
transfers 0,4,1000,0 0,5,1000,0
finish 'two flows share a NIC' '4.000 4.000'
transfers 0,4,1000,0 4,0,1000,0
finish 'full duplex' '3.000 3.000'
transfers 0,1,10000,0 0,4,1000,0
finish 'two tiers at once: each its own ports and latency' '2.000 3.000'
transfers 4,0,1000,0 5,0,1000,0 6,0,1000,0
finish 'incast' '5.000 5.000 5.000'
transfers 0,5,1000,0 1,6,1000,0 2,7,1000,0 3,4,1000,0
finish 'permutation' '3.000 3.000 3.000 3.000'
transfers 0,1,10000,0 0,2,10000,0 0,3,10000,0 1,0,10000,0 1,2,10000,0 1,3,10000,0 \
  2,0,10000,0 2,1,10000,0 2,3,10000,0 3,0,10000,0 3,1,10000,0 3,2,10000,0
finish 'all-to-all on one switch: latency + (N - 1) m / B' "$(yes 4.000 | head -n 12 | paste -sd' ')"

# Every GPU of two islands to each of the other island: 4 x 1000 bytes through each NIC, 2 us + 4 us; inside 1 + 3 x 0.1 us.
all=()
for src in {0..7}; do for dst in {0..7}; do ((src == dst)) || all+=("$src,$dst,1000,0"); done; done
transfers "${all[@]}"
finish 'two-tier all-to-all is bound by the NIC' "$(for src in {0..7}; do for dst in {0..7}; do
  ((src == dst)) || { ((src / 4 == dst / 4)) && echo 1.300 || echo 6.000; }
done; done | paste -sd' ')"

# coupled NAME "EXPECTED..." OPTIONS...: the same with --sharing coupled, which has one solver.
coupled() {
  local name=$1 expected=$2 got
  shift 2
  got=$("$ringtail" traffic "$work/p.yaml" "$work/t.csv" "$@" --sharing coupled 2>"$work/err" |
    awk -F, 'NR > 1 { printf("%s%.3f", (NR > 2 ? " " : ""), $NF * 1e6) }')
  [[ $got == "$expected" ]] || fail "$name (coupled): $got, expected $expected; $(head -n 3 "$work/err")"
}

# GPU 0 sends 1000 bytes to the hot NIC 4 and 1000 to the quiet NIC 5, three others 1000 to the hot one, which gives each
# 0.25 GB/s. Max-min: the quiet transfer has the other 0.75 GB/s of NIC 0. Coupled: it ends with its row. A second
# transfer to the same GPU, and one with another start, which is a row of its own and runs at 1 GB/s.
transfers 0,4,1000,0 0,5,1000,0 1,4,1000,0 2,4,1000,0 3,4,1000,0
finish 'the quiet transfer goes on' '6.000 3.333 6.000 6.000 6.000'
coupled 'head-of-line blocking' '6.000 6.000 6.000 6.000 6.000'
transfers 0,4,500,0 0,4,250,0 0,5,250,0 0,6,1000,0.001
coupled 'transfers with one start are a row' '3.000 3.000 3.000 1003.000'
"$ringtail" traffic "$work/p.yaml" "$work/t.csv" --sharing coupled --solver simgrid >/dev/null 2>"$work/err"
[[ $? == 2 ]] && grep -q 'not possible with --solver simgrid' "$work/err" || fail 'coupled with simgrid is refused'

# Two leaves of 4 NICs at 4:1 with one spine: an uplink of 1 GB/s. k flows over it take k us.
tree=(--set fabric.topology=fat-tree --set fabric.leaf_size=4 --set fabric.oversubscription=4)
transfers 0,4,1000,0 1,5,1000,0 2,6,1000,0
finish 'k flows over one uplink' '5.000 5.000 5.000' "${tree[@]}"
transfers 0,4,1000,0
finish 'latency of three switches' '4.500' "${tree[@]}" --set fabric.switch_latency=0.5us
transfers 0,4,1000,0 1,5,1000,0 2,6,1000,0
finish 'a spine at a quarter' '14.000 14.000 14.000' "${tree[@]}" --set 'degrade=[{link: spine0, bandwidth: 0.25}]'
finish 'a slow NIC delays its flow only' '5.000 5.000 6.000' "${tree[@]}" --set fabric.oversubscription=1 \
  --set 'degrade=[{gpu: 6, nic: 0.25}, {gpu: 0, nic: 0.33333333333333333}, {gpu: 5, nic: 0.33333333333333333}]'

# Rails: NIC k of every island on leaf k. To the same rail without spine; to another one over it.
rail=(--set fabric.topology=rail --set fabric.leaf_size=2 --set fabric.oversubscription=2 --set fabric.switch_latency=1us)
transfers 0,4,1000,0 1,6,1000,0
finish 'rail: one switch, or three' '4.000 6.000' "${rail[@]}"
transfers 0,6,1000,0 4,2,1000,0
finish 'rail: both islands over one uplink' '7.000 7.000' "${rail[@]}"

# A ring of four routers along x (and one along y): 0 -> 1 one hop, 0 -> 2 two hops up, 1 -> 3 two hops down.
torus=(--set island.size=1 --set fabric.topology=torus --set 'fabric.dimensions=[4, 1]' --set fabric.switch_latency=1us)
transfers 0,1,1000,0 1,2,1000,0.001
finish 'torus neighbours' '5.000 1005.000' "${torus[@]}"
transfers 0,2,1000,0 1,3,1000,0
finish 'torus: opposite ways around' '6.000 6.000' "${torus[@]}"
transfers 0,2,2000,0 1,2,2000,0
# Latencies 2 + 3 and 2 + 2 us. The second is alone in [4, 5] (1000 bytes), then both at half: it ends at 7; the first has
# 1000 bytes left then: 8.
finish 'torus: two routes over one link' '8.000 7.000' "${torus[@]}"

# One group of two routers and two NICs each; over the one link between the routers.
dragonfly=(--set island.size=1 --set fabric.topology=dragonfly --set fabric.routers_per_group=2
  --set fabric.global_links=1 --set fabric.nics_per_router=2)
transfers 0,2,1000,0 1,3,1000,0
finish 'dragonfly: the link between two routers' '4.000 4.000' "${dragonfly[@]}"
# Group 0 to group 1: port 0, router 0 of both. 0 -> 4 is router to router, 2 -> 6 has local hops too: 2 and 4 routers.
transfers 0,4,1000,0 2,6,1000,0.001
finish 'dragonfly: between groups' '5.000 1007.000' "${dragonfly[@]}" --set fabric.switch_latency=1us
transfers 0,4,1000,0 2,6,1000,0
finish 'dragonfly: the link between groups' '4.000 4.000' "${dragonfly[@]}" --gpus 8

# In a mesh each pair has its link: nothing is shared.
transfers 0,1,10000,0 0,2,10000,0 3,0,10000,0
finish 'mesh island' '2.000 2.000 2.000' --set island.topology=mesh
# GPUs 0 and 1 of an island on one NIC, 2 and 3 on the other.
transfers 0,4,1000,0 1,6,1000,0 2,8,1000,0
finish 'shared NICs' '4.000 4.000 3.000' --set fabric.nics_per_island=2

# expect NAME EXIT_CODE WORDS ARGUMENTS...: an error says so on stderr, and stdout stays empty.
expect() {
  local name=$1 wanted=$2 words=$3 code=0
  shift 3
  "$ringtail" traffic "$@" >"$work/out" 2>"$work/err" || code=$?
  ((code == wanted)) || fail "$name: exit code $code, expected $wanted; $(head -n 3 "$work/err")"
  ((code == 0)) || [[ ! -s $work/out ]] || fail "$name: something was written"
  grep -qF -- "$words" "$work/err" "$work/out" || fail "$name: '$words' is not there; $(head -n 3 "$work/err")"
}
transfers 0,1,1,0
expect 'no platform' 2 'cannot be opened' "$work/none.yaml" "$work/t.csv"
expect 'no transfers' 2 'cannot be read' "$work/p.yaml" "$work/none.csv"
expect 'a directory' 2 'cannot be read' "$work/p.yaml" "$work"
expect 'a device' 2 'cannot be read' "$work/p.yaml" /dev/zero
expect 'wrong platform' 2 "did you mean 'bandwidth'" "$work/p.yaml" "$work/t.csv" --set fabric.bandwith=1GB/s
expect 'a shipped platform' 0 0,1,1,0, h100-sxm "$work/t.csv"
expect 'summary' 0 gpu1.nvlink.in "$work/p.yaml" "$work/t.csv" --summary
expect 'partial islands' 2 'such as 4 or 8' "$work/p.yaml" "$work/t.csv" --gpus 6
transfers 0,9,1,0
expect 'unknown GPU' 2 't.csv:2: error: dst: there is no GPU 9' "$work/p.yaml" "$work/t.csv" --gpus 8
expect 'too many GPUs' 2 'at most 4096' "$work/p.yaml" <(echo src,dst,bytes,start_s; echo 0,5000,1,0)
expect 'torus too small' 2 'fabric.dimensions: 4 · 1 · 1 = 4 NICs' "$work/p.yaml" "$work/t.csv" "${torus[@]}"
expect 'unknown link' 2 "did you mean 'spine0'" "$work/p.yaml" "$work/t.csv" "${tree[@]}"   --set 'degrade=[{link: spin0, bandwidth: 0.5}]'
transfers 0,0,1,0 0,1,-1,0
expect 'mistakes' 2 't.csv:3: error: bytes' "$work/p.yaml" "$work/t.csv"

# Every platform in docs/topologies.md carries a transfer from the first GPU to the last; the number of GPUs is in its name.
awk -v dir="$work" '/^```yaml/ { getline; keep = /^name: /; n += keep } /^```/ { keep = 0 } keep { print > (dir "/doc" n ".yaml") }'   "$source_dir/docs/topologies.md"
examples=0
for example in "$work"/doc*.yaml; do
  gpus=$(sed -n 's/^name: .* \([0-9]*\) GPUs$/\1/p' "$example")
  transfers "0,$((gpus - 1)),1000,0"
  expect "$example" 0 "0,$((gpus - 1)),1000,0," "$example" "$work/t.csv" --gpus "$gpus"
  examples=$((examples + 1))
done
((examples >= 7)) || fail "docs/topologies.md has $examples examples"

((failures == 0)) && echo 'all passed'
exit $((failures > 0))
