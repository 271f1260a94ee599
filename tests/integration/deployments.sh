#!/usr/bin/env bash
# Every shipped deployment runs, at 4k and at 128k tokens of context; one of a thousand GPUs would take minutes and is
# only checked, and an infeasible one says why, as in tests/golden/NAME.out (read and found right by a person).
# Usage: deployments.sh RINGTAIL SOURCE_DIR
set -u
cd "$2" || exit 1
status=0
fail() {
  echo "FAILED $1"
  status=1
}

for file in workloads/deployments/*.yaml; do
  if grep -q '^gpus: 1024' "$file"; then
    "$1" check "$file" >/dev/null || fail "$file: check"
    continue
  fi
  golden=tests/golden/$(basename "$file" .yaml).out
  if [[ -f $golden ]]; then
    out=$("$1" simulate "$file" -q)
    (($? == 3)) || fail "$file: not infeasible"
    diff "$golden" - <<<"$out" || fail "$file: another reason"
    continue
  fi
  for context in 4k 128k; do
    out=$("$1" simulate "$file" --set decode.context=$context --set decode.batch=max --set run.warmup=0 \
      --steps 1 --replications 1 -q --format json)
    code=$?
    if ((code != 0)) || ! grep -q '"feasible": true' <<<"$out"; then
      fail "$file at $context: exit code $code"
    fi
  done
done
exit $status
