#!/usr/bin/env bash
# The Debian package in a Debian 12 that has nothing else: apt installs it with what it depends on, and it runs there.
# Usage: clean_root.sh BUILD_DIR. Exit code 77 where such a root cannot be made.
set -euo pipefail
build=$(cd "$1" && pwd)
skip() { echo "skipped: $1" && exit 77; }
((EUID == 0)) || skip 'a root of its own takes root'
command -v debootstrap dpkg-shlibdeps >/dev/null || skip 'no debootstrap or dpkg-dev'
work=$(mktemp -d)
trap 'umount "$work/root/proc" 2>/dev/null || true; rm -rf --one-file-system "$work"' EXIT
debootstrap --variant=minbase bookworm "$work/root" http://deb.debian.org/debian >"$work/log" 2>&1 ||
  skip "no Debian 12 to be had: $(tail -n 1 "$work/log")"
(cd "$work" && cpack -G DEB --config "$build/CPackConfig.cmake" -B "$work/package") >"$work/log"
cp "$work"/package/ringtail_*.deb "$work/root/ringtail.deb"
mount --bind /proc "$work/root/proc" || skip 'nothing can be mounted'
inside() { env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive chroot "$work/root" "$@"; }
inside apt-get install -y -qq --no-install-recommends /ringtail.deb >"$work/log" 2>&1 || { cat "$work/log" && exit 1; }
inside ringtail --version
inside ringtail simulate /usr/share/ringtail/workloads/deployments/llama-3.1-405b-8xh100.yaml --steps 2 --replications 2 >"$work/out"
grep -q '^TPOT' "$work/out"
inside dpkg -V ringtail  # every file as packed
inside apt-get remove -y -qq ringtail >"$work/log" 2>&1
[[ ! -e $work/root/usr/bin/ringtail && ! -e $work/root/usr/share/ringtail ]]
