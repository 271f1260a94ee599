#!/usr/bin/env bash
# What the README shows is what a user sees: its first output, and its example deployment. Usage: readme.sh RINGTAIL SOURCE_DIR
set -u
cd "$2" || exit 1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
status=0

# block LINE: the fenced block that follows the first line that contains LINE.
block() { awk -v mark="$1" 'index($0, mark) {seen = 1; next} seen && /^```/ {if (inside) exit; inside = 1; next} inside' README.md; }

block 'the first prints' >"$work/shown"
"$1" simulate workloads/deployments/deepseek-v3-64.yaml >"$work/printed" || status=1
if ! [[ -s $work/shown ]] || ! diff "$work/shown" "$work/printed"; then
  echo 'FAILED: the README shows another output'
  status=1
fi

block 'A deployment is one YAML file' >"$work/my.yaml"
"$1" simulate "$work/my.yaml" --steps 2 --replications 2 >"$work/out" && grep -q '^TPOT' "$work/out" || {
  echo 'FAILED: the README shows a deployment that does not run'
  status=1
}
exit $status
