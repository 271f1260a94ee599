#!/usr/bin/env bash
# docs/reference.md is what `ringtail reference` writes. Usage: reference.sh RINGTAIL SOURCE_DIR
# RINGTAIL_WRITE_GOLDEN=1 writes it anew, for `git diff`.
set -u
page=$2/docs/reference.md
if [[ -n ${RINGTAIL_WRITE_GOLDEN:-} ]]; then
  "$1" reference >"$page"
  exit
fi
"$1" reference | diff "$page" - || {
  echo 'FAILED: run ringtail reference >docs/reference.md'
  exit 1
}
