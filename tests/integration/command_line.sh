#!/usr/bin/env bash
# The ringtail command from outside: exit codes, what goes to stdout and stderr. Usage: command_line.sh RINGTAIL SOURCE_DIR
set -u
ringtail=$1
cd "$2" || exit 1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0
deployment=workloads/deployments/deepseek-v3-64.yaml

# expect NAME EXIT_CODE ARGUMENTS...: runs ringtail; its output is in $work/out and $work/err afterwards.
expect() {
  local name=$1 wanted=$2 code=0
  shift 2
  "$ringtail" "$@" >"$work/out" 2>"$work/err" || code=$?
  ((code == wanted)) || fail "$name: exit code $code, expected $wanted; $(tail -n 3 "$work/err")"
}
fail() {
  echo "FAILED $1"
  failures=$((failures + 1))
}
out_has() { grep -qF -- "$2" "$work/out" || fail "$1: '$2' is not on stdout"; }
err_has() { grep -qF -- "$2" "$work/err" || fail "$1: '$2' is not on stderr"; }
out_is_empty() { [[ ! -s $work/out ]] || fail "$1: stdout is not empty"; }
err_is_empty() { [[ ! -s $work/err ]] || fail "$1: stderr is not empty: $(head -n 3 "$work/err")"; }

small=(--set gpus=8 --set 'parallelism={attention: {dp: 8}, ffn: {ep: 8}}' --set 'decode.batch={total: 64}'
  --set platform.gpu.hbm.capacity=1TB --steps 2 --replications 2)

expect help 0 --help
out_has help 'Exit codes:'
expect version 0 --version
out_has version ringtail
out_has version "SimGrid $(pkg-config --modversion simgrid)"
expect 'no command' 2
out_is_empty 'no command'
expect 'unknown option' 2 simulate "$deployment" --stepz 3
out_is_empty 'unknown option'
expect 'unknown command' 2 simulat "$deployment"
err_has 'unknown command' "unknown command 'simulat'"
err_has 'unknown command' "did you mean 'simulate'"
expect 'bad format' 2 simulate "$deployment" --format yaml

expect 'missing file' 2 simulate "$work/nothing.yaml"
err_has 'missing file' nothing.yaml
out_is_empty 'missing file'
expect 'bad override' 2 simulate "$deployment" --set decode.contxt=4k
err_has 'bad override' "did you mean 'context'"
out_is_empty 'bad override'
expect 'steps out of range' 2 simulate "$deployment" --steps 0
err_has 'steps out of range' run.steps
expect 'steps no number' 2 simulate "$deployment" --steps many
expect 'too large a batch' 2 simulate "$deployment" --set 'decode.batch={per_gpu: 1000000}'
err_has 'too large a batch' 'does not fit'
err_has 'too large a batch' 'kv cache'
err_has 'too large a batch' 'the largest that fits'

expect infeasible 3 simulate workloads/deployments/llama-3.1-405b-8xh100.yaml --set precision.weights=bf16
out_has infeasible Infeasible
expect 'infeasible json' 3 simulate workloads/deployments/llama-3.1-405b-8xh100.yaml --set precision.weights=bf16 --format json
out_has 'infeasible json' '"feasible": false'
out_has 'infeasible json' '"infeasible_reason": "not even one sequence'
expect 'infeasible check' 3 check workloads/deployments/llama-3.1-405b-8xh100.yaml --set precision.weights=bf16

# Table 1 is parameters alone, so it is the same for every simulation; what it says is tested in tests/unit/paper.
expect paper 0 paper --table 1
diff tests/golden/paper-table-1.out "$work/out" || fail 'paper: another table 1'
err_is_empty paper
expect 'paper in Markdown' 0 paper --table 3 --table 5 --no-simulation --format markdown
out_has 'paper in Markdown' '| DeepSeek-V3, 64 GPUs | r_moe | 7.63 | 7.625 | yes |'
out_has 'paper in Markdown' '## Table 5:'
expect 'paper without such a table' 2 paper --table 2
err_has 'paper without such a table' 'there is no table 2'
err_has 'paper without such a table' 'there are 1, 3, 4, 5, 6'
out_is_empty 'paper without such a table'
expect 'paper without a number' 2 paper --table one
expect 'paper with wrong steps' 2 paper --steps 0 --table 6
err_has 'paper with wrong steps' run.steps
(cd / && "$ringtail" paper --table 3 --no-simulation) >"$work/out" || fail 'paper from another folder'

# qs: a file, or a model on a platform. Studied is what tests/unit/qs does; here what is refused, and the shape.
qs=(qs --model deepseek-v3 --platform paper-reference --gpus 16 --part verdict)
expect qs 0 "${qs[@]}"
sed -E 's/ [0-9.]+ +\[.*\] +(MoE|dense|even)$/ SIMULATED/' "$work/out" >"$work/shape"
diff tests/golden/qs.out "$work/shape" || fail 'qs: another shape'
err_is_empty qs
expect 'qs in CSV' 0 "${qs[@]}" --format csv --replications 1
out_has 'qs in CSV' 'part,knob,factor,q,context,gpus,batch_moe,batch_dense,layout_moe,layout_dense,paper,physical,simulated'
expect 'qs infeasible' 3 qs --model deepseek-v3 --platform h100-sxm --gpus 8 --part verdict
out_has 'qs infeasible' '[1] MoE: not even one sequence'
expect 'qs of nothing' 2 qs
err_has 'qs of nothing' 'help: ringtail qs FILE.yaml, or'
out_is_empty 'qs of nothing'
expect 'qs of two' 2 qs "$deployment" --model deepseek-v3
expect 'qs without a platform' 2 qs --model deepseek-v3
err_has 'qs without a platform' 'needs --platform and --gpus'
expect 'qs of a misspelt model' 2 qs --model deepsek-v3 --platform h100-sxm --gpus 8
err_has 'qs of a misspelt model' "did you mean 'deepseek-v3'"
expect 'qs of a dense model' 2 qs workloads/deployments/deepseek-v3-dense-64-128k.yaml
err_has 'qs of a dense model' 'deepseek-v3-dense-64-128k.yaml:5:1: error: DeepSeek-V3 dense (q = 5) has no experts'
expect 'qs of an encoder' 2 qs workloads/deployments/switch-c-2048-64.yaml
err_has 'qs of an encoder' 'has an encoder'
expect 'qs with a wrong context' 2 qs "$deployment" --contexts 1k,4q
err_has 'qs with a wrong context' "'4q'"
expect 'qs with a wrong part' 2 qs "$deployment" --part maps
expect 'qs with too large a batch' 2 qs "$deployment" --set 'decode.batch={per_gpu: 1000000}'
err_has 'qs with too large a batch' 'the largest that fits'

expect list 0 list models
out_has list deepseek-v3
expect list 0 list platforms
out_has list h100-sxm
expect list 0 list deployments
out_has list deepseek-v3-64
expect list 0 list runtimes
out_has list tensorrt-llm
# The bar of docs/validation.md: a median error of at most 10 %.
expect validate 0 validate workloads/figures/devices.yaml
grep -qE '^median \|error\| [0-9]\.[0-9] %' "$work/out" || fail 'validate: the median error is above 10 %'
printf 'figures: [{name: x, deployment: deepseek-v3-65, quantity: step.tpot_s, value: 1, unit: s, source: me}]\n' >"$work/figures.yaml"
expect 'validate of an unknown deployment' 2 validate "$work/figures.yaml"
err_has 'validate of an unknown deployment' "did you mean 'deepseek-v3-64'"
printf 'figures: [{name: x, deployment: llama-3.1-405b-64, set: [run.steps=1, run.replications=1], quantity: path.dispatch, value: 1, unit: s, source: me}]\n' >"$work/figures.yaml"
expect 'validate of what is not there' 2 validate "$work/figures.yaml"
err_has 'validate of what is not there' 'the result has no path.dispatch'
expect 'list nothing' 2 list planets
expect 'list all' 0 list
for kind in models platforms runtimes deployments; do out_has 'list all' "$kind"; done
# 671 B parameters and 37 B active are published; the latent of 512 + 64 elements in 61 layers and two bytes is 70.3 kB.
expect 'list models verbosely' 0 list models --verbose
grep -qE '^deepseek-v3 +671 B +36\.63 B +61 +8 of 256 +70\.3 kB$' "$work/out" || fail 'list models verbosely: DeepSeek-V3'
expect 'list platforms verbosely' 0 list platforms --verbose
grep -qE '^h100-sxm +- +1\.979 PFLOPS +989 TFLOPS +85\.9 GB +3\.35 TB/s +8 x 450 GB/s switch +50 GB/s$' "$work/out" ||
  fail 'list platforms verbosely: H100'
grep -qE '^gpu.kernels.fp8.gemm.compute +0.57 +fitted +median' "$work/out" || fail 'list platforms verbosely: provenance'
out_has 'list platforms verbosely' 'paper-reference (not calibrated)'
expect 'list runtimes verbosely' 0 list runtimes --verbose
grep -qE '^vllm +captured +512 +500 us +0\.9 +hbm +16 +1024$' "$work/out" || fail 'list runtimes verbosely: vLLM'
expect 'list deployments verbosely' 0 list deployments --verbose
grep -qE '^deepseek-v3-64 +DeepSeek-V3 +paper-reference +64 +64 x 1 x 1 x 1 +1 x 64 x 1 +4k$' "$work/out" ||
  fail 'list deployments verbosely: DeepSeek-V3'

expect check 0 check "$deployment"
out_has check '8192 sequences'
out_has check 'simulating 18 steps takes about' # 3 replications of 1 + 5 steps
expect 'check the oracle' 0 check "$deployment" --set network.solver=simgrid
out_has 'check the oracle' 'no estimate'
expect 'check a precision' 0 check "$deployment" --set run.precision=0.5% --set run.warmup=auto
out_has 'check a precision' 'simulating 315 steps takes about' # 3 replications of 100 + 5 steps
out_has 'check a precision' 'until run.precision is reached there may be up to 100'

expect 'schema text' 0 schema deployment --format text
out_has 'schema text' decode.context
expect 'schema of nothing' 2 schema planet
expect 'schema misspelt' 2 schema deploment
err_has 'schema misspelt' "did you mean 'deployment'"

# init: a valid file, or a reason; never half a file, never another one's.
init=(init --model deepseek-v3 --platform h100-sxm)
expect init 0 "${init[@]}" --gpus 64 -o "$work/new.yaml"
err_has init 'attention dp 64 x kvp 1 x tp 1, FFN dp 1 x ep 64 x tp 1'
err_has init 'because'
out_is_empty init
expect 'init gives a valid file' 0 check "$work/new.yaml"
expect 'init quietly' 0 "${init[@]}" --gpus 64 -q
err_is_empty 'init quietly'
cmp -s "$work/new.yaml" "$work/out" || fail 'init: -o and stdout differ'
echo precious >"$work/mine.yaml"
expect 'init on an existing file' 2 "${init[@]}" --gpus 64 -o "$work/mine.yaml"
err_has 'init on an existing file' '--force'
[[ $(<"$work/mine.yaml") == precious ]] || fail 'init replaced a file'
expect 'init with force' 0 "${init[@]}" --gpus 64 -o "$work/mine.yaml" --force
cmp -s "$work/mine.yaml" "$work/new.yaml" || fail 'init --force did not replace the file'
expect 'init into a device' 2 "${init[@]}" --gpus 64 -o /dev/null --force
expect 'init into no folder' 2 "${init[@]}" --gpus 64 -o "$work/none/new.yaml"
[[ -z $(find "$work" -name '*.yaml.*') ]] || fail 'init left a temporary file'
expect 'init too large' 3 "${init[@]}" --gpus 8 -o "$work/large.yaml"
err_has 'init too large' 'experts'
err_has 'init too large' 'help: --gpus 16 would do'
[[ ! -e $work/large.yaml ]] || fail 'init wrote what does not fit'
expect 'init partial islands' 2 "${init[@]}" --gpus 12
err_has 'init partial islands' 'gpus = 12 does not fill islands'
err_has 'init partial islands' 'help: --gpus 16 would do'
expect 'init beginning of a name' 2 init --model deepseek-v3 --platform h100 --gpus 8
err_has 'init beginning of a name' "did you mean 'h100-sxm'"
expect 'init unknown model' 2 init --model deepsek-v3 --platform h100-sxm --gpus 8
err_has 'init unknown model' "did you mean 'deepseek-v3'"
expect 'init context' 2 "${init[@]}" --gpus 64 --context 4q
err_has 'init context' "unknown unit 'q'"

# The dense counterpart of a model says how far it is from what it was sized to.
dense=(--set 'model={dense_of: mixtral-8x7b, q: 2}' --set gpus=8 --set 'parallelism={attention: {dp: 8}, ffn: {tp: 8}}')
expect 'check dense' 0 check "$deployment" "${dense[@]}" --set 'decode.batch={total: 64}'
out_has 'check dense' 'counterpart of Mixtral-8x7B: FFN 55296 wide'
expect 'simulate dense' 0 simulate "$deployment" "${dense[@]}" --set 'decode.batch={total: 64}' --steps 1 --replications 2
out_has 'simulate dense' 'counterpart of Mixtral-8x7B: FFN 55296 wide, 23.348 B parameters, -0.02 % from q · s · P_total = 23.351 B'
expect 'json dense' 0 simulate "$deployment" "${dense[@]}" --set 'decode.batch={total: 64}' --steps 1 --replications 2 --format json
out_has 'json dense' '"deviation": -0.000151'
out_has 'json dense' '"of": "Mixtral-8x7B"'
expect 'dense of too small a q' 2 check "$deployment" "${dense[@]}" --set model.q=0.1
err_has 'dense of too small a q' 'q must be at least'
# A model's heads that the GPUs cannot split: the divisors that work.
expect 'tp of heads' 2 check "$deployment" --set model=switch-c-2048 --set 'parallelism.attention={dp: 16, tp: 4}'
err_has 'tp of heads' 'does not divide model.attention.heads = 30'
err_has 'tp of heads' 'tp that divide it and gpus: 1, 2'

expect simulate 0 simulate "$deployment" "${small[@]}"
out_has simulate TPOT
out_has simulate 'busiest rank'
out_has simulate 'The step is bound by'
err_is_empty simulate
expect 'simulate verbose' 0 simulate "$deployment" "${small[@]}" -v
err_has 'simulate verbose' transfers

# Without `engine`, which holds wall times, results are the same bytes whatever -j.
without_engine() { sed '/^  "engine": {/,/^  }/d' "$work/out" >"$1"; }
expect json 0 simulate "$deployment" "${small[@]}" --format json -j 1
without_engine "$work/one"
expect json 0 simulate "$deployment" "${small[@]}" --format json -j 2
without_engine "$work/two"
cmp -s "$work/one" "$work/two" || fail 'results differ between -j 1 and -j 2'
[[ -s $work/one ]] || fail 'no result to compare'

# Imbalance without the network: before and after placement, and the counts of a file.
expect routing 0 routing "$deployment" --ep 8,16 --tokens-per-rank 16 --slots 288 --placement spread --replica nearest
out_has routing 'spread, 288 slots'
placed=(--set routing.placement=spread --set routing.redundant_experts=32 --set routing.replica=nearest)
expect 'routing as deployed' 0 routing "$deployment" --tokens-per-rank 16 "${placed[@]}"
out_has 'routing as deployed' 'spread, 288 slots'
expect 'simulate placed' 0 simulate "$deployment" --steps 1 --replications 1 --set run.warmup=0 \
  --set 'decode.batch={per_gpu: 2}' "${placed[@]}"
out_has 'simulate placed' 'placement              spread, 32 redundant experts, replica nearest'
expect 'routing json' 0 routing "$deployment" --ep 8 --tokens-per-rank 16 --format json --pairs
out_has 'routing json' '"dispatch_bytes_between_ranks"'
expect 'routing csv' 0 routing "$deployment" --ep 8 --tokens-per-rank 16 --format csv
out_has 'routing csv' '8,16,eplb,256,mean,'
printf 'layer,c0,c1,c2,c3\n0,4,3,2,1\n1,1,1,1,1\n' >"$work/counts.csv"
tiny=(--set 'model.moe={experts: 4, experts_per_token: 2, intermediate_size: 2048}' --set model.layers=2)
expect 'routing of counts' 0 routing "$deployment" "${tiny[@]}" --counts "$work/counts.csv" --tokens-per-rank 1000 \
  --set gpus=4 --set 'parallelism={attention: {dp: 4}, ffn: {ep: 4}}'
out_has 'routing of counts' 'popularity counts.csv'
expect 'simulated counts' 0 simulate "$deployment" "${small[@]}" "${tiny[@]}" --set parallelism.ffn.tp=2 --set parallelism.ffn.ep=4 \
  --set "routing.popularity={counts: {file: $work/counts.csv}}" --set routing.capacity=1
out_has 'simulated counts' 'of all copies'
expect 'counts of another shape' 2 routing "$deployment" --counts "$work/counts.csv"
err_has 'counts of another shape' 'has 2 layers of 4 experts, the model 58 of 256'
err_has 'counts of another shape' "  --counts $work/counts.csv"
grep -q -- --set "$work/err" && fail 'counts of another shape: a --set that nobody gave'
expect 'rows that are not there' 2 routing "$deployment" "${tiny[@]}" --counts "$work/counts.csv" --rows nope
err_has 'rows that are not there' "it has no rows named 'nope': there is one table, without a name"
# Correlated, replayed and fitted tokens: 8 sequences of 8 tokens that choose two neighbouring experts of 4.
correlated=(--set 'routing.correlation={topics: {count: 3, strength: 1}, bursts: {steps: 2, share: 0.8}}')
expect 'routing correlated' 0 routing "$deployment" --ep 8 --tokens-per-rank 64 "${correlated[@]}"
out_has 'routing correlated' 'in common with the next of its sequence'
{
  echo request,token,layer,expert
  for s in {0..7}; do for t in {0..7}; do for l in 0 1; do
    e=$(((s * s * 3 + s * t * t + t / 3 + s / 4 + s * t % 3) % 4))
    echo "$s,$t,$l,$e"
    echo "$s,$t,$l,$(((e + 1 + (t + l + s) % 2) % 4))"
  done; done; done
} >"$work/trace.csv"
replayed=(--set routing.popularity=uniform --set "routing.trace={file: $work/trace.csv}")
expect 'routing of a trace' 0 routing "$deployment" "${tiny[@]}" "${replayed[@]}" --tokens-per-rank 8 --set gpus=4 --set 'parallelism={attention: {dp: 4}, ffn: {ep: 4}}' --format json
out_has 'routing of a trace' '"lag_16"'
expect 'simulated trace' 0 simulate "$deployment" "${small[@]}" "${tiny[@]}" --set parallelism.ffn.tp=2 --set parallelism.ffn.ep=4 \
  "${replayed[@]}" --set routing.trace.bootstrap=none
expect 'trace of another shape' 2 check "$deployment" --set "routing.trace={file: $work/trace.csv}"
err_has 'trace of another shape' 'has 2 layers with 2 experts per token, the model 58 with 8'
expect 'trace and correlation' 2 check "$deployment" "${tiny[@]}" --set "routing.trace={file: $work/trace.csv}" "${correlated[@]}"
err_has 'trace and correlation' 'leave out one of them'
expect 'routing fit' 0 routing fit "$work/trace.csv" --output "$work/fit.yaml"
out_has 'routing fit' 'overlap_lag_1'
out_has 'routing fit' 'overdispersion_256   too few tokens held out'
grep -q 'layer_affinity:' "$work/fit.yaml" || fail 'routing fit: no layer_affinity in the YAML'
grep -q '^1,' "$work/fit.counts.csv" || fail 'routing fit: no counts of layer 1'
expect 'routing fit again' 1 routing fit "$work/trace.csv" --output "$work/fit.yaml"
expect 'routing fit json' 0 routing fit "$work/trace.csv" --format json
out_has 'routing fit json' '"not_identified"'
expect 'routing fit of nothing' 2 routing fit "$work/nothing.csv"
err_has 'routing fit of nothing' 'cannot be read'
expect 'routing without a file' 2 routing
expect 'too few slots' 2 routing "$deployment" --slots 100
err_has 'too few slots' '--slots 100: error: a layer of 256 experts has 256 to 16384 slots'
expect 'too many slots' 2 routing "$deployment" --slots 1000000000 --ep 8
err_has 'too many slots' 'has 256 to 2048 slots'
expect 'an EP size twice' 2 routing "$deployment" --ep 8,8
err_has 'an EP size twice' "'8,8' has 8 twice"
expect 'an empty EP size' 2 routing "$deployment" --ep 8,,16
err_has 'an empty EP size' "'8,,16' has an empty item"
expect 'an EP size above the experts' 2 routing "$deployment" --ep 8,512
err_has 'an EP size above the experts' '--ep 512: error: more ranks than the 256 experts of a layer'
expect 'an EP size above the GPUs' 0 routing "$deployment" --ep 128 --tokens-per-rank 4
out_has 'an EP size above the GPUs' 'EP128 takes 128 GPUs, and the deployment has 64'
expect 'rows of no counts' 2 routing "$deployment" --rows x
err_has 'rows of no counts' '--counts'
expect 'pairs in text' 0 routing "$deployment" --ep 8 --tokens-per-rank 16 --pairs
out_has 'pairs in text' 'Dispatch from rank to rank, EP8, contiguous: MB per layer'
expect 'too many pairs for text' 2 routing "$deployment" --pairs --tokens-per-rank 4
err_has 'too many pairs for text' 'help: use --format json'
expect 'pairs in csv' 2 routing "$deployment" --ep 8 --tokens-per-rank 4 --pairs --format csv
err_has 'pairs in csv' 'help: use --format json'
# The capacity of an expert drops the same copies whatever the placement; with room for all tokens none.
expect 'routing with a capacity' 0 routing "$deployment" --ep 8 --tokens-per-rank 64 --set routing.capacity=1
out_has 'routing with a capacity' 'with routing.capacity = 1 experts drop '
expect 'routing with much capacity' 0 routing "$deployment" --ep 8 --tokens-per-rank 64 --set routing.capacity=32 --format json
out_has 'routing with much capacity' '"dropped_fraction": 0.0'
expect 'routing of a dense model' 2 routing "$deployment" --set model=llama-3.1-8b --set 'parallelism={attention: {dp: 64}, ffn: {dp: 64}}'
err_has 'routing of a dense model' 'no experts'

# What a change makes of a result: the configuration's line, and intervals of the differences.
"$ringtail" simulate "$deployment" "${small[@]}" --format json >"$work/a.json" 2>/dev/null
"$ringtail" simulate "$deployment" "${small[@]}" --format json --set platform.island.bandwidth='450 GB/s' >"$work/b.json" 2>/dev/null
expect diff 0 diff "$work/a.json" "$work/b.json"
out_has diff 'platform.island.bandwidth  900 GB/s -> 450 GB/s'
out_has diff 'Intervals are paired'
expect 'diff json' 0 diff "$work/a.json" "$work/b.json" --format json
out_has 'diff json' '"intervals": "paired"'
expect 'diff of the same' 0 diff "$work/a.json" "$work/a.json"
out_has 'diff of the same' 'no difference'
head -c 1000 "$work/a.json" >"$work/cut.json"
expect 'diff of broken files' 2 diff "$work/cut.json" "$deployment"
err_has 'diff of broken files' 'cut.json:'
err_has 'diff of broken files' 'ends in the middle of its JSON'
err_has 'diff of broken files' 'is not JSON'
out_is_empty 'diff of broken files'
expect 'diff of nothing' 2 diff "$work/a.json" "$work/none.json"
err_has 'diff of nothing' 'none.json: error: cannot be read'

# The closed form beside the simulation.
expect compare 0 compare "$deployment" "${small[@]}"
out_has compare 'simulated / closed form'
err_is_empty compare
expect 'compare csv' 0 compare "$deployment" "${small[@]}" --format csv --closed-form paper --closed-form batch=64
out_has 'compare csv' ',batch,sequences,64,64,,,1'
expect 'compare two' 0 compare "$deployment" "$deployment" "${small[@]}" --format json
out_has 'compare two' '"intervals": "paired"'
expect 'q that is no number' 2 qs --model mixtral-8x7b --platform h100-sxm --gpus 8 --q nan
err_has 'q that is no number' 'nan is not in the range 0.01 to 100000'
expect 'ladder' 0 compare "$deployment" "${small[@]}" --ladder --quiet
out_has 'ladder' 'product of the factors'
err_is_empty 'ladder'
expect 'ladder by another reading' 2 compare "$deployment" --ladder --closed-form paper
expect 'ladder without an effect' 2 compare "$deployment" --ladder --set effects.skew=false
err_has 'ladder without an effect' 'the ladder switches effects itself'
expect 'ladder infeasible' 3 compare workloads/deployments/llama-3.1-405b-8xh100.yaml --set precision.weights=bf16 --ladder
out_has 'ladder infeasible' 'infeasible: not even one sequence'
expect 'compare infeasible' 3 compare workloads/deployments/llama-3.1-405b-8xh100.yaml --set precision.weights=bf16
out_has 'compare infeasible' 'infeasible: not even one sequence'
expect 'compare by an unknown reading' 2 compare "$deployment" --closed-form maxima=layer
err_has 'compare by an unknown reading' 'maxima must be one of: token, phase'
expect 'compare a pipeline' 2 compare workloads/deployments/llama-3.1-405b-tp8-pp2.yaml
err_has 'compare a pipeline' 'the closed form knows no pipeline'
expect 'compare an encoder' 2 compare workloads/deployments/switch-c-2048-64.yaml
err_has 'compare an encoder' 'decoder-only'
out_is_empty 'compare an encoder'

expect 'one replication' 0 simulate "$deployment" "${small[@]}" --replications 1
err_has 'one replication' 'no confidence interval'
expect 'one replication quietly' 0 simulate "$deployment" "${small[@]}" --replications 1 -q
err_is_empty 'one replication quietly'

expect precision 0 simulate "$deployment" "${small[@]}" --set run.precision=90% --set run.warmup=auto
out_has precision 'of warm-up (found in a pilot of 100), 2 replications'
out_has precision '(wished: 90 %), reached'
expect 'precision in json' 0 simulate "$deployment" "${small[@]}" --set run.precision=0.0000001% --set run.max_replications=3 --format json
out_has 'precision in json' '"reached": false'
out_has 'precision in json' '"replications": 3'
err_has 'precision in json' 'was not reached with 3 replications'
expect 'advice with a precision' 2 simulate "$deployment" "${small[@]}" --set run.precision=1% --advise
err_has 'advice with a precision' 'remove run.precision'
expect 'ladder with a precision' 2 compare "$deployment" --ladder --set run.precision=1%
err_has 'ladder with a precision' 'remove run.precision'

expect 'fewer sequences than ranks' 0 simulate "$deployment" "${small[@]}" --set 'decode.batch={total: 3}'
err_has 'fewer sequences than ranks' '5 of 8 data-parallel groups have no sequence'
expect 'no end of a kernel' 1 simulate "$deployment" "${small[@]}" --set platform.gpu.kernels.gemm.compute=1e-320
err_has 'no end of a kernel' 'would take for ever'

expect advice 0 simulate "$deployment" "${small[@]}" --set 'decode.batch={total: 8}' --advise
out_has advice 'Advice ('
out_has advice '     --set '
expect 'advice in json' 0 simulate "$deployment" "${small[@]}" --set 'decode.batch={total: 8}' --advise --format json
out_has 'advice in json' '"advice": ['
out_has 'advice in json' '"advice_candidates": {'
expect 'advice from one replication' 2 simulate "$deployment" "${small[@]}" --replications 1 --advise
err_has 'advice from one replication' 'add --replications 5'
out_is_empty 'advice from one replication'
expect 'advice on an infeasible deployment' 3 simulate "$deployment" --set platform.gpu.hbm.capacity=20GB --advise
out_has 'advice on an infeasible deployment' 'Advice ('

# Sequences with lengths of their own: what memory they need, how uneven they are, and where one length is wanted.
lengths="decode.context={trace: {file: $PWD/workloads/traces/synthetic-chat.csv}}"
expect 'lengths from a trace' 0 check "$deployment" --set "$lengths" --set decode.batch=max --set decode.assignment=least-loaded
out_has 'lengths from a trace' 'context from synthetic-chat.csv, mean 2271; assignment least-loaded'
out_has 'lengths from a trace' 'as drawn: an attention group has'
expect 'imbalance of KV caches' 0 simulate "$deployment" "${small[@]}" --set "$lengths" --format json
out_has 'imbalance of KV caches' '"attention_max_over_mean": 1.'
expect 'closed form of drawn lengths' 0 compare "$deployment" "${small[@]}" --set "$lengths"
err_has 'closed form of drawn lengths' 'the closed form has 2271 tokens of context for all sequences, their mean'
expect 'qs of drawn lengths' 2 qs "$deployment" --set "$lengths"
err_has 'qs of drawn lengths' 'needs one context for all sequences'

# Steps of the network that a start cuts short lost finishes in this one, and every rank waited for ever.
expect 'dispatch between islands under a limit of SMs' 0 simulate workloads/deployments/deepseek-v3-wide-ep-64xh100.yaml \
  --set collectives.dispatch=inter --set collectives.dispatch_sms=20 --set platform.gpu.sm_copy_rate=2GB/s \
  --set decode.overlap=none --set model.layers=16 --steps 1 --replications 1 --set run.warmup=0 --seed 5
# A rank may have no tokens: a policy without micro-batches asks for no least batch.
expect 'overlap with fewer sequences than ranks' 0 check "$deployment" --set decode.overlap=shared-expert --set decode.batch='{total: 3}'

# Ctrl-C ends everything at once, with nothing on stdout.
code=0
timeout --preserve-status -s INT 1 "$ringtail" simulate "$deployment" --steps 10000 >"$work/out" 2>"$work/err" || code=$?
((code == 130)) || fail "Ctrl-C: exit code $code, expected 130"
out_is_empty Ctrl-C
sleep 0.2
if pgrep -f -- "$deployment --steps 10000" >/dev/null; then fail 'Ctrl-C: processes survive'; fi

# Traces are there as a whole or not at all.
expect trace 0 simulate "$deployment" "${small[@]}" --trace "$work/trace.json" --trace-layers 3-4
python3 -c 'import json, sys; json.load(open(sys.argv[1]))' "$work/trace.json" || fail 'trace: no JSON'
(timeout --preserve-status -s KILL 2 "$ringtail" simulate "$deployment" --steps 10000 --trace "$work/killed.json") >/dev/null 2>&1
[[ ! -e $work/killed.json ]] || fail 'trace: there after a kill'
for signal in INT TERM HUP; do
  code=0
  timeout --preserve-status -s "$signal" 1 "$ringtail" simulate "$deployment" --steps 10000 --trace "$work/ended.json" >/dev/null 2>&1 || code=$?
  ((code == 130)) || fail "trace: exit code $code after SIG$signal, expected 130"
  compgen -G "$work/ended.json*" >/dev/null && fail "trace: something is left after SIG$signal"
done
code=0
timeout --preserve-status -s HUP 1 nohup "$ringtail" simulate "$deployment" "${small[@]}" --steps 30 --trace "$work/nohup.json" --trace-layers 3 \
  >/dev/null 2>&1 || code=$?
((code == 0)) && [[ -s $work/nohup.json ]] || fail "trace: exit code $code after a SIGHUP that is ignored"
# Behind a symbolic link is what is written; the link stays.
ln -s linked.json "$work/link.json"
expect 'trace through a link' 0 simulate "$deployment" "${small[@]}" --trace "$work/link.json" --trace-layers 3 -q
[[ -L $work/link.json && -f $work/linked.json && ! -L $work/linked.json ]] || fail 'trace through a link: not there'
expect 'trace through a link again' 0 simulate "$deployment" "${small[@]}" --trace "$work/link.json" --trace-layers 3 -q
ln -s loop.json "$work/loop.json"
expect 'trace into a loop' 2 simulate "$deployment" "${small[@]}" --trace "$work/loop.json"
cp "$deployment" "$work/itself.yaml"
expect 'trace over the deployment' 2 simulate "$work/itself.yaml" --trace "$work/itself.yaml"
err_has 'trace over the deployment' 'is the deployment itself'
expect 'trace of no layer' 2 simulate "$deployment" --trace "$work/no.json" --trace-layers 3-61
err_has 'trace of no layer' '--trace-layers: there is no layer 61; they are 0 to 60'
expect 'trace of no GPU' 2 simulate workloads/deployments/llama-3.1-405b-8xh100.yaml --set model=llama-3.1-8b --set gpus=1 --set 'parallelism={}' --trace "$work/no.json" --trace-gpus 1
err_has 'trace of no GPU' '--trace-gpus: there is no GPU 1; the only one is 0'
expect 'trace of a wrong list' 2 simulate "$deployment" --trace "$work/no.json" --trace-gpus 3-
err_has 'trace of a wrong list' "'3-' is not like 3 or 0,8-11"
expect 'trace options without a trace' 2 simulate "$deployment" --trace-gpus 3
expect 'trace into a folder' 2 simulate "$deployment" "${small[@]}" --trace "$work"
err_has 'trace into a folder' 'is not a regular file'
out_is_empty 'trace into a folder'
expect 'detail in text' 2 simulate "$deployment" --detail
err_has 'detail in text' 'give --format json, too'
expect timeline 0 simulate "$deployment" "${small[@]}" --timeline
out_has timeline 'busiest, GPU'
out_has timeline 'idlest, GPU'

# Reports; tests/browser looks at them.
expect 'report of nothing' 2 report "$work/nothing.json"
err_has 'report of nothing' 'nothing.json: error: cannot be read'
expect 'report of a deployment' 2 report "$deployment"
err_has 'report of a deployment' 'ringtail sweep'
expect detail 0 simulate "$deployment" "${small[@]}" --format json --detail
cp "$work/out" "$work/detail.json"
RINGTAIL_D3=/nothing expect 'report without D3' 1 report "$work/detail.json" -o "$work/report.html"
err_has 'report without D3' 'help: apt-get install node-d3'
[[ ! -e $work/report.html ]] || fail 'report without D3: there is one'
echo '/* a library */' >"$work/d3.js"
RINGTAIL_D3=$work/d3.js expect report 0 report "$work/detail.json" -o "$work/report.html" -q
err_is_empty report
grep -q '/\* a library \*/' "$work/report.html" || fail 'report: without its library'

# What is refused writes nothing: neither page nor figures, nor a file under another name.
mkdir "$work/empty" && : >"$work/file"
PATH=/nothing RINGTAIL_D3=$work/d3.js expect 'figures without Chromium' 1 report "$work/detail.json" -o "$work/empty/r.html" --figures "$work/empty/f"
err_has 'figures without Chromium' 'help: apt-get install chromium'
RINGTAIL_D3=$work/d3.js expect 'figures into a file' 2 report "$work/detail.json" -o "$work/empty/r.html" --figures "$work/file"
err_has 'figures into a file' 'file: error: is not a folder for figures'
sed 's/"tpot_s": [0-9.e-]*/"tpot_s": "abc"/' "$work/detail.json" >"$work/wrong.json"
RINGTAIL_D3=$work/d3.js expect 'report of a wrong value' 2 report "$work/wrong.json" -o "$work/empty/r.html"
err_has 'report of a wrong value' 'wrong.json: error: is not a sound result: per_replication[0].tpot_s is "abc"; it must be a number (s)'
[[ -z $(ls -A "$work/empty") ]] || fail "report: wrote $(ls "$work/empty") though it was refused"

# A result that cannot be written is a failure.
code=0
"$ringtail" list models >/dev/full 2>"$work/err" || code=$?
((code == 1)) || fail "full disk: exit code $code, expected 1"

((failures == 0)) && echo 'all passed'
exit $((failures > 0))
