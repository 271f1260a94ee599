#!/usr/bin/env bash
# The Containerfile without a container engine: its packages exist in Debian, what it copies exists here, and what it
# calls is there after the stage's packages. Usage: container.sh SOURCE_DIR
set -u
cd "$1" || exit 1
status=0
fail() {
  echo "FAILED $1"
  status=1
}

# Instructions, one a line.
joined=$(sed -e ':a' -e '/\\$/{N;s/\\\n//;ta' -e '}' Containerfile | grep -v '^#')
grep -vE '^(FROM|COPY|RUN|WORKDIR|ENTRYPOINT) |^$' <<<"$joined" && fail 'an instruction that is not expected'
[[ $(grep -c '^FROM debian:12-slim' <<<"$joined") == 2 ]] || fail 'not two stages of Debian 12'

# Words after `apt-get install`: options, files, packages.
packages=$(grep -oE 'apt-get install [^&]*' <<<"$joined" | tr ' ' '\n' | grep -vE '^(apt-get|install|-.*|/.*|)$')
[[ -n $packages ]] || fail 'no packages'
has_lists() { compgen -G '/var/lib/apt/lists/*Packages*' >/dev/null; }
for package in $packages $(grep -v '^#' scripts/packages.txt); do
  dpkg-query -W "$package" >/dev/null 2>&1 && continue
  if has_lists; then
    [[ -n $(apt-cache policy "$package" 2>/dev/null) ]] || fail "Debian has no package $package"
  else
    echo "apt has no lists to look $package up in"
  fi
done
while read -r file; do
  [[ -e $file ]] || fail "there is no $file to copy"
done < <(sed -nE 's/^COPY ([^-][^ ]*) .*/\1/p' <<<"$joined")
for program in cmake ninja; do
  grep -qE "^$program(-build)?\$" scripts/packages.txt || fail "the stage that builds lacks $program"
done
grep -qw dpkg-dev <<<"$packages" || fail 'cpack -G DEB takes dpkg-dev'
exit $status
