#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# fetch.sh CACHE: downloads the packages named in `packages` and the source trees named in `sources`
# into CACHE/debs and unpacks what the images need into CACHE/root, of the kernel's modules those named in
# `modules`; CACHE/versions says what that was. Nothing is installed.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=$1
. "$here/depends.sh"
die() { echo "images: $*" >&2; exit 1; }

mkdir -p "$cache"
exec 9>"$cache/lock"
flock 9
# What is there serves every tree that asks for the same, however new its files are. The new time is for make.
wanted=$(cat "$here"/{packages,sources,modules,depends.sh,fetch.sh} | sha256sum)
if [ -s "$cache/versions" ] && [ "$(cat "$cache/wanted" 2>/dev/null)" = "$wanted" ]; then
	touch "$cache/versions"
	exit 0
fi
rm -rf "$cache/debs" "$cache/root" "$cache/modules" "$cache/wanted"
mkdir -p "$cache/debs" "$cache/root"

# The system's package lists serve where they know the packages; else private ones, which need no root.
private=(-o "Dir::State::lists=$cache/lists" -o "Dir::Cache=$cache/apt" -o APT::Sandbox::User=)
apt=(-o APT::Sandbox::User=)

names() { sed 's/#.*//' "$here/packages"; }
sources() { sed 's/#.*//; /^$/d' "$here/sources"; }

# The metapackage's dependency is the newest kernel of its flavour.
kernel_package() {
	apt-cache "${apt[@]}" depends linux-image-amd64 2>/dev/null |
		awk '/Depends: linux-image/ {print $2; exit}'
}

download() {
	local kernel
	kernel=$(kernel_package)
	[ -n "$kernel" ] || return 1
	# shellcheck disable=SC2046 # one word per package is meant
	(cd "$cache/debs" && rm -f ./*.deb &&
		apt-get "${apt[@]}" -qq download $(names | sed "s/^linux-image-amd64/$kernel/")) \
		>"$cache/fetch.log" 2>&1
}

# Where apt would take the binary package from, there its source lies too; the checksum decides.
download_sources() {
	local package tarball sum place
	while read -r package tarball sum; do
		place=$(cd "$cache/debs" && apt-get "${apt[@]}" --print-uris download "$package" |
			sed -n "s|^'\(.*\)/[^/']*' .*|\1|p")
		[ -n "$place" ] || return 1
		/usr/lib/apt/apt-helper "${apt[@]}" download-file "$place/$tarball" \
			"$cache/debs/$tarball" "SHA256:$sum" || return 1
	done < <(sources)
}

download_all() { download && download_sources >>"$cache/fetch.log" 2>&1; }

echo "images: downloading the guests' packages"
if ! download_all; then
	mkdir -p "$cache/lists/partial" "$cache/apt/archives/partial"
	apt=("${private[@]}")
	apt-get "${apt[@]}" -qq update >"$cache/fetch.log" 2>&1 || true
	download_all || die "packages cannot be downloaded, see $cache/fetch.log"
fi

# Of the kernel package, 400 MB unpacked, the modules stay only until it is known which are needed.
unpack() {
	case $1 in
	*/linux-image-*)
		dpkg-deb --fsys-tarfile "$1" | tar -x -C "$cache/root" --wildcards './boot/*' &&
			mkdir "$cache/modules" &&
			dpkg-deb --fsys-tarfile "$1" | tar -x -C "$cache/modules" --wildcards './lib/modules/*' ;;
	*) dpkg-deb -x "$1" "$cache/root" ;;
	esac
}

# What depends on what, and which module a device wants, is depmod's to say: the guests' busybox has one. Its files go
# by the order in a folder, which differs from disk to disk, so they are sorted.
depmod() { "$cache/root/bin/busybox" depmod -b "$1" "$release"; }

take_modules() {
	local from=$cache/modules/lib/modules/$release to=$cache/root/lib/modules/$release files file
	depmod "$cache/modules" || return 1
	# shellcheck disable=SC2046 # one word per module is meant
	files=$(module_files "$from/modules.dep" $(module_names)) || return 1
	for file in $files; do
		mkdir -p "$to/${file%/*}" && cp -p "$from/$file" "$to/$file" || return 1
	done
	rm -rf "$cache/modules"
	depmod "$cache/root" || return 1
	for file in modules.dep modules.alias; do
		sort -o "$to/$file" "$to/$file" || return 1
	done
}

for deb in "$cache"/debs/*.deb; do
	unpack "$deb" || die "${deb##*/} cannot be unpacked"
done
mkdir -p "$cache/root/usr/src"
while read -r _ tarball _; do
	tar -x -C "$cache/root/usr/src" -f "$cache/debs/$tarball" || die "$tarball cannot be unpacked"
done < <(sources)
release=$(cd "$cache/modules/lib/modules" && echo *)
[ -f "$cache/root/boot/vmlinuz-$release" ] || die "no single kernel among the packages: $release"
take_modules || die "the kernel package lacks a module that \`modules\` names"
for deb in "$cache"/debs/*.deb; do
	echo "$(dpkg-deb -f "$deb" Package) $(dpkg-deb -f "$deb" Version)"
done >"$cache/versions.new"
sources | sed 's/^[^ ]* \([^ ]*\) /\1 sha256:/' >>"$cache/versions.new"
echo "release $release" >>"$cache/versions.new"
mv "$cache/versions.new" "$cache/versions"
echo "$wanted" >"$cache/wanted"
