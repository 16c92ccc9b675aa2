#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Gets the emulated engine: builds Bochs 3.0 with our patches into the cache, or, where that
# cannot be had, installs Debian's stock bochs. A second run finds its stamp and does nothing.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
patches=("$here"/../engines/bochs/*.patch)
[ -e "${patches[0]}" ] || patches=()
cache=${TESTUDO_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/testudo}
prefix=$cache/bochs-3.0
work=$cache/work
log=$cache/bochs-build.log

tarball=bochs_3.0+dfsg.orig.tar.xz
tarball_sha256=78f6c73d4a6472d5130a87ab9dc306d02c7c71ed8e25b3a8ef642e2a7acd282b
# No "show ips": its signal handler takes the log's mutex and can deadlock the emulator.
# No debugger: it costs two thirds of the speed.
configure_flags=(
	--enable-all-optimizations --enable-cpu-level=6 --enable-x86-64 --enable-vmx=2
	--enable-smp --enable-avx --enable-evex --with-nogui
	--disable-debugger --disable-debugger-gui --disable-show-ips --disable-docbook
)
cflags="-O3 -march=native"

usage() {
	cat <<-END
	usage: engine.sh [--force] [--help]
	Puts Bochs 3.0 with Testudo's patches into $prefix.
	  --force                build again although the stamp is right
	  TESTUDO_ENGINE=stock   install Debian's own bochs package instead
	  TESTUDO_CACHE=DIR      another cache directory
	The log of the build is $log.
	END
}

say() { echo "engine: $*"; }

# What the installed engine was made from; everything that changes the binary stands in it.
# -march=native makes it this processor's binary, so the compiler's idea of it belongs here too.
fingerprint() {
	echo "tarball $tarball_sha256"
	[ ${#patches[@]} -eq 0 ] || (cd "$here/../engines/bochs" && sha256sum -- *.patch)
	echo "configure ${configure_flags[*]}"
	echo "cflags $cflags"
	echo "processor $(grep -m1 '^flags' /proc/cpuinfo | sha256sum | cut -c1-16)"
}

# The mirror that this system's own apt uses for its release, as apt itself understands its sources
# (apt names the addresses of an update without making one, so the package lists need not be here).
mirror() {
	local codename
	codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
	apt-get update --print-uris | sed -n "s|^'\(.*\)/dists/$codename/InRelease' .*|\1|p" | head -n 1
}

# Asks a private apt configuration, which knows only the sources of trixie, where the tarball is.
locate_by_index() {
	local apt=$work/apt keyring=/usr/share/keyrings/debian-archive-keyring.gpg
	mkdir -p "$apt"/{lists/partial,cache/archives/partial,parts}
	cat > "$apt/parts/trixie.sources" <<-END
	Types: deb-src
	URIs: $1
	Suites: trixie
	Components: main
	Signed-By: $keyring
	END
	local options=(-o Dir::Etc::sourcelist=/dev/null -o "Dir::Etc::sourceparts=$apt/parts"
		-o "Dir::State::lists=$apt/lists" -o "Dir::Cache=$apt/cache"
		-o APT::Sandbox::User=root -o Acquire::Languages=none)
	apt-get "${options[@]}" update >> "$log" 2>&1 || return 1
	apt-get "${options[@]}" source --download-only --print-uris bochs 2>> "$log" |
		awk -F"'" -v hash="SHA256:$tarball_sha256" 'index($0, hash) { print $2; exit }'
}

checksum_is_right() {
	echo "$tarball_sha256  $cache/$tarball" | sha256sum --check --status 2> /dev/null
}

download() {
	/usr/lib/apt/apt-helper -o APT::Sandbox::User=root download-file "$1" \
		"$cache/$tarball" "SHA256:$tarball_sha256" >> "$log" 2>&1
}

# A Debian archive keeps a source file at one fixed place, so the index (9 MB) is asked only
# when the file is not there. Either way the checksum decides.
fetch_source() {
	checksum_is_right && return
	local base uri
	base=$(mirror) && [ -n "$base" ] || return 1
	say "fetching the source of Bochs 3.0"
	download "${base%/}/pool/main/b/bochs/$tarball" && return
	uri=$(locate_by_index "$base") && [ -n "$uri" ] || return 1
	download "$uri"
}

# The BIOS comes from Debian's packages bochsbios and vgabios, which set-up installs; where they are
# not installed they are fetched and unpacked, which needs no root. Bochs's own BIOS boots an image
# in half the host time of SeaBIOS.
fetch_roms() {
	local root=
	rm -rf "$work/roms" && mkdir -p "$work/roms"
	if [ ! -e /usr/share/bochs/BIOS-bochs-latest ] || [ ! -e /usr/share/vgabios/vgabios.bin ]; then
		say "fetching the BIOS images"
		root=$work/packages
		rm -rf "$root" && mkdir -p "$root"
		(cd "$root" && apt-get -o APT::Sandbox::User=root download bochsbios vgabios &&
			for deb in *.deb; do dpkg-deb -x "$deb" .; done) >> "$log" 2>&1 || return 1
	fi
	cp -L "$root/usr/share/bochs/BIOS-bochs-latest" "$work/roms/" &&
		cp -L "$root/usr/share/vgabios/vgabios.bin" "$work/roms/VGABIOS-lgpl-latest"
}

build() {
	local source=$work/bochs-3.0 patch
	rm -rf "$source"
	tar -C "$work" -xf "$cache/$tarball" || return 1
	for patch in "${patches[@]}"; do
		patch -d "$source" -p1 --fuzz=0 -i "$patch" >> "$log" 2>&1 || {
			say "$(basename "$patch") does not apply"
			return 1
		}
	done
	say "configuring Bochs 3.0 with ${#patches[@]} patches"
	(cd "$source" && CFLAGS=$cflags CXXFLAGS=$cflags ./configure "${configure_flags[@]}") \
		>> "$log" 2>&1 || return 1
	say "building (about 75 s on two cores)"
	make -C "$source" -j2 bochs >> "$log" 2>&1
}

# The new engine takes the old one's place in one rename; the stamp comes with it.
install_engine() {
	local fresh=$work/prefix
	rm -rf "$fresh" && mkdir -p "$fresh/bin" "$fresh/share"
	install -s "$work/bochs-3.0/bochs" "$fresh/bin/bochs"
	cp "$work"/roms/* "$fresh/share/"
	"$fresh/bin/bochs" --help > /dev/null 2>&1 || return 1
	fingerprint > "$fresh/stamp"
	rm -rf "$prefix" && mv "$fresh" "$prefix"
	rm -rf "$work"
}

build_engine() {
	mkdir -p "$cache" "$work"
	: > "$log"
	fetch_source || { say "the source of Bochs 3.0 cannot be had from this system's mirror"; return 1; }
	fetch_roms || { say "the BIOS images cannot be had from this system's mirror"; return 1; }
	build || { say "Bochs 3.0 does not build here, see $log"; return 1; }
	install_engine || { say "the built Bochs does not run, see $log"; return 1; }
	say "Bochs 3.0 stands in $prefix"
}

install_stock() {
	[ -x /usr/bin/bochs ] && [ -e /usr/share/bochs/BIOS-bochs-latest ] &&
		[ -e /usr/share/vgabios/vgabios.bin ] && return
	local root=()
	[ "$(id -u)" = 0 ] || root=(sudo)
	say "installing Debian's bochs bochs-term bochsbios vgabios"
	"${root[@]}" apt-get install -y --no-install-recommends \
		bochs bochs-term bochsbios vgabios >> "$log" 2>&1 || {
		say "no engine: Debian's bochs package cannot be installed either, see $log" >&2
		exit 1
	}
}

# All of it is read before any of it runs: the file may change while a build takes its time.
main() {
	local force=false
	case ${1:-} in
	--help | -h) usage; exit ;;
	--force) force=true ;;
	'') ;;
	*) echo "engine.sh: unknown option '$1', see --help" >&2; exit 2 ;;
	esac

	mkdir -p "$cache"
	if [ "${TESTUDO_ENGINE:-}" = stock ]; then
		install_stock
		return
	fi
	# One build at a time; whoever waited finds the stamp.
	exec 9> "$cache/engine.lock"
	flock 9
	if ! $force && [ -x "$prefix/bin/bochs" ] &&
		[ "$(cat "$prefix/stamp" 2> /dev/null)" = "$(fingerprint)" ]; then
		return
	fi
	build_engine || { say "falling back to Debian's stock bochs"; install_stock; }
}

main "$@"
exit
