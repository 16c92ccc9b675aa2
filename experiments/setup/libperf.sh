#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Builds libperf, the kernel's own library for its performance counters, into the cache. Debian has
# no package of it, but its linux-source package has the sources, which are unpacked privately.
# Where they cannot be had, the harness is built without and says "n/a".
set -euo pipefail

cache=${TESTUDO_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/testudo}
prefix=$cache/libperf
work=$cache/work-libperf
log=$cache/libperf-build.log
package=linux-source-6.1

if [ "${1:-}" = --help ]; then
	echo "usage: libperf.sh"
	echo "Puts libperf.a, libapi.a and their headers, built from Debian's $package, into $prefix."
	exit
fi

say() { echo "libperf: $*"; }

# Only the folders that the library's makefile reads; the whole source would be 1.4 GB.
unpack() {
	local parts=(lib include arch build scripts)
	(cd "$work" && apt-get -o APT::Sandbox::User=root download "$package") >> "$log" 2>&1 || return 1
	dpkg-deb --fsys-tarfile "$work/$package"_*.deb |
		tar -xO "./usr/src/$package.tar.xz" |
		tar -xJ -C "$work" --wildcards "${parts[@]/#/$package/tools/}" >> "$log" 2>&1
}

build() {
	local lib=$work/$package/tools/lib
	make -C "$lib/perf" -j2 >> "$log" 2>&1 || return 1
	mkdir -p "$work/prefix/lib" "$work/prefix/include"
	cp "$lib/perf/libperf.a" "$lib/api/libapi.a" "$work/prefix/lib/"
	cp -r "$lib/perf/include/perf" "$work/prefix/include/"
	basename "$work/$package"_*.deb > "$work/prefix/stamp"
	rm -rf "$prefix" && mv "$work/prefix" "$prefix"
}

[ -e "$prefix/stamp" ] && exit
mkdir -p "$cache"
exec 9> "$cache/libperf.lock"
flock 9
[ -e "$prefix/stamp" ] && exit
: > "$log"
rm -rf "$work" && mkdir -p "$work"
say "building from Debian's $package"
if ! unpack || ! build; then
	say "cannot be had here, see $log: host counters will read n/a"
fi
rm -rf "$work"
