#!/usr/bin/env bash
# Every shipped deployment runs, at 4k and at 128k tokens of context; one of a thousand GPUs would take minutes and is
# only checked. Usage: deployments.sh RINGTAIL SOURCE_DIR
set -u
cd "$2" || exit 1
status=0
for file in workloads/deployments/*.yaml; do
  if grep -q '^gpus: 1024' "$file"; then
    "$1" check "$file" >/dev/null || { echo "FAILED $file: check"; status=1; }
    continue
  fi
  for context in 4k 128k; do
    out=$("$1" simulate "$file" --set decode.context=$context --set decode.batch=max --set run.warmup=0 \
      --steps 1 --replications 1 -q --format json)
    code=$?
    if ((code != 0)) || ! grep -q '"feasible": true' <<<"$out"; then
      echo "FAILED $file at $context: exit code $code"
      status=1
    fi
  done
done
exit $status
