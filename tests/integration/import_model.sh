#!/usr/bin/env bash
# import-model from outside: each config of tests/huggingface becomes a model that simulates, in both ways the same.
# Usage: import_model.sh RINGTAIL SOURCE_DIR
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

for config in tests/huggingface/*.json; do
  name=$(basename "$config" .json)
  cp "$config" "$work/$name.json"
  "$ringtail" import-model "$config" -o "$work/$name.yaml" 2>"$work/err" || fail "$name: $(cat "$work/err")"
  grep -q '^published: .*: agrees.*)$' "$work/err" && ! grep -q 'off by' "$work/err" || fail "$name: parameters: $(cat "$work/err")"
  grep -q warning "$work/err" && fail "$name: $(cat "$work/err")"
  # Six layers have both dense layers and experts, those with a window and those without.
  rest="
platform: b200-sxm
gpus: 8
parallelism: {attention: {dp: 8}, ffn: $(grep -q '^moe:' "$work/$name.yaml" && ! grep -q 'experts: 60$' "$work/$name.yaml" && echo '{ep: 8}' || echo '{tp: 8}')}
decode: {context: 1k, batch: {total: 16}}
run: {steps: 1, warmup: 1, replications: 1}"
  [[ $rest == *'{tp: 8}'* ]] && rest=${rest/attention: \{dp: 8\}/attention: \{tp: 2, dp: 4\}}
  echo "model: $name.json$rest" >"$work/direct.yaml"
  { echo 'model:' && sed 's/^/  /' "$work/$name.yaml" && echo "$rest"; } >"$work/inline.yaml"
  for way in direct inline; do
    "$ringtail" simulate "$work/$way.yaml" --set model.layers=6 --set name=same --format json >"$work/$way.out" 2>"$work/err" ||
      fail "$name, $way: $(cat "$work/err")"
  done
  hashes=$(grep -h config_hash "$work/direct.out" "$work/inline.out" | sort -u | wc -l)
  ((hashes == 1)) || fail "$name: the two ways differ"
done

# Where files go, and what is refused.
"$ringtail" import-model "$work/llama-3.1-8b.json" --name Mine 2>/dev/null | grep -q '^name: Mine$' || fail 'to stdout'
"$ringtail" import-model "$work/llama-3.1-8b.json" -o "$work/llama-3.1-8b.yaml" 2>/dev/null && fail 'a file is replaced'
"$ringtail" import-model "$work/llama-3.1-8b.json" -o "$work/llama-3.1-8b.yaml" --force 2>/dev/null || fail 'a file is not replaced'
echo '{"architectures": ["T5ForConditionalGeneration"]}' >"$work/t5.json"
"$ringtail" import-model "$work/t5.json" >"$work/out" 2>"$work/err"
(($? == 2)) && [[ ! -s $work/out ]] && grep -q 't5.json:1:20: error: the architecture' "$work/err" && grep -q 'MixtralForCausalLM' "$work/err" ||
  fail "an unknown architecture: $(cat "$work/err")"
"$ringtail" init --model "$work/qwen3-8b.json" --platform h100-sxm --gpus 8 -o "$work/init.yaml" -q &&
  "$ringtail" check "$work/init.yaml" -q >"$work/out" || fail "init: $(cat "$work/out")"
# Paths of YAML files, too, and seen from the file that is written.
mkdir "$work/sub"
cp platforms/h100-sxm.yaml "$work/gpu.yaml"
(cd "$work" && "$ringtail" init --model llama-3.1-8b.yaml --platform gpu.yaml --gpus 8 -o sub/init.yaml -q) &&
  grep -q '^model: "\.\./llama-3.1-8b.yaml"' "$work/sub/init.yaml" && "$ringtail" check "$work/sub/init.yaml" -q >"$work/out" ||
  fail "init with paths: $(cat "$work/out" "$work/sub/init.yaml")"
"$ringtail" init --model no.yaml --platform h100-sxm --gpus 8 -q 2>"$work/err"
(($? == 2)) && grep -q 'no.yaml: error: cannot be opened' "$work/err" || fail "init without the file: $(cat "$work/err")"
exit $status
