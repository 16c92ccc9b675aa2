#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# contents.sh IMAGE CACHE BUILD [BINARY...] [-- PAYLOAD...]: the list that mkcpio makes IMAGE from.
# IMAGE is l2, l2-io, l1-micro, l1-full, l1-build, l1-full-build, l1-io, l1-io-full, peer, peer-io or peer-engine.
set -euo pipefail

here=$(dirname "${BASH_SOURCE[0]}")
image=$1 root=$2/root build=$3
release=$(sed -n 's/^release //p' "$2/versions")
libdir=/lib/x86_64-linux-gnu
shift 3
. "$here/depends.sh"
die() { echo "images: $*" >&2; exit 1; }

# in_packages PATH...: where the unpacked packages have a file; the first that exists.
in_packages() {
	local path
	for path; do
		[ -e "$root$path" ] || continue
		readlink -f "$root$path"
		return
	done
	die "none of the packages has $1"
}

# tree_files FILE...: their directories, each once, then the files, where the packages have them.
tree_files() {
	local path
	for path; do
		while path=${path%/*} && [ -n "$path" ]; do
			echo "$path"
		done
	done | sort -u | sed 's/.*/dir & 755/'
	for path; do
		echo "file $path 755 $(in_packages "$path")"
	done
}

base() {
	local path
	for path in bin dev proc sys tmp "$@"; do
		echo "dir /$path 755"
	done
	echo "char /dev/console 600 5 1"
	echo "char /dev/null 666 1 3"
	echo "file /bin/busybox 755 $(in_packages /bin/busybox /usr/bin/busybox)"
	echo "file /bin/hw 755 $build/hw"
}

# L1 has a person at its shell and gets them all; L2 gets those named.
applets() {
	local name
	for name in ${*:-$("$root/bin/busybox" --list)}; do
		case $name in busybox | init | linuxrc) continue ;; esac
		echo "link /bin/$name busybox"
	done
}

# modules SET...: those of the file `modules`, and what modprobe reads.
modules() {
	local dir=/lib/modules/$release files
	# shellcheck disable=SC2046 # one word per module is meant
	files=$(module_files "$root$dir/modules.dep" $(module_names "$@")) || die "a module is missing: $*"
	# shellcheck disable=SC2086 # one word per file is meant
	tree_files $(printf "$dir/%s " $files modules.dep modules.alias)
}

actions() {
	local action
	echo "dir /etc 755"
	echo "dir /etc/testudo 755"
	echo "dir /etc/testudo/actions 755"
	for action in "$here"/l1/actions/*; do
		echo "file /etc/testudo/actions/${action##*/} 755 $action"
	done
	echo "file /etc/testudo/lib 644 $here/l1/lib"
	echo "file /etc/profile 644 $here/l1/profile"
	echo "file /etc/motd 644 $here/l1/motd"
}

extras() {
	local into=/bin word
	echo "dir /payloads 755"
	for word; do
		case $word in
		--) into=/payloads ;;
		*) echo "file $into/${word##*/} 755 $word" ;;
		esac
	done
}

# Every library that FILE or a library of it names, once, in order of first mention.
declare -A seen
libraries() {
	local name path
	for name in $(readelf -d "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p'); do
		[ -z "${seen[$name]:-}" ] || continue
		seen[$name]=1
		case $name in ld-linux*) continue ;; esac
		path=$(in_packages "$libdir/$name" "/usr$libdir/$name")
		echo "file $libdir/$name 755 $path"
		libraries "$path"
	done
}

loader() {
	local path
	for path in /lib /lib64 "$libdir"; do
		echo "dir $path 755"
	done
	echo "file /lib64/ld-linux-x86-64.so.2 755 $(in_packages "$libdir/ld-linux-x86-64.so.2")"
}

# programs PATH...: of packages, into /bin, with the libraries that they name.
programs() {
	local path binary
	loader
	for path; do
		binary=$(in_packages "$path")
		echo "file /bin/${path##*/} 755 $binary"
		libraries "$binary"
	done
}

# emulator NAME: one of the package's QEMUs, as qemu-system-x86_64.
emulator() {
	local binary rom path
	binary=$(in_packages "/usr/bin/$1")
	loader
	for path in /usr /usr/bin /usr/share /usr/share/qemu; do
		echo "dir $path 755"
	done
	# QEMU looks for its firmware beside the directory that it stands in.
	echo "file /usr/bin/qemu-system-x86_64 755 $binary"
	echo "link /bin/qemu-system-x86_64 ../usr/bin/qemu-system-x86_64"
	libraries "$binary"
	for rom in bios-microvm.bin bios-256k.bin linuxboot_dma.bin pvh.bin kvmvapic.bin; do
		path=$(in_packages "/usr/share/qemu/$rom" "/usr/share/seabios/$rom")
		echo "file /usr/share/qemu/$rom 644 $path"
	done
}

# What QEMU boots a multiboot kernel by.
multiboot_roms() {
	local path
	for path in multiboot.bin multiboot_dma.bin; do
		echo "file /usr/share/qemu/$path 644 $(in_packages "/usr/share/qemu/$path")"
	done
}

qemu() {
	emulator qemu-system-x86_64-microvm
	echo "dir /l2 755"
	echo "file /bin/l2 755 $here/l1/l2"
	echo "file /l2/bzImage 644 $build/bzImage"
	echo "file /l2/vmlinux 644 $build/vmlinux"
	echo "file /l2/l2.cpio 644 $build/l2.cpio"
	echo "file /l2/cmdline 644 $here/cmdline.l2"
}

l2() {
	base
	echo "file /init 755 $here/l2/init"
	applets sh mount cat ls ps uname dmesg free sleep setsid cttyhack poweroff reboot
}

module_sets=(kvm)
l1-micro() {
	base
	echo "file /init 755 $here/l1/init"
	applets
	actions
	modules "${module_sets[@]}"
	extras "$@"
}

l1-full() {
	l1-micro "$@"
	qemu
}

# Of the workloads as a whole, for either level: no KVM in it. How it is made says workloads/macro.
. "$here/../macro/contents.sh"

l1-build() {
	base
	echo "file /init 755 $here/l1/init"
	applets
	actions
	build_workload
}

l1-full-build() {
	l1-full "$@"
	echo "file /bin/mark 755 $mark"
	echo "file /l2/l1-build.cpio 644 $build/l1-build.cpio"
}

# Of I/O, at any level: the same programs and drivers as L1's guest and as L1.
. "$here/../io/contents.sh"

l2-io() {
	base
	echo "file /init 755 $here/l1/init"
	applets
	actions
	modules nic device vfio
	io_workload
}

l1-io() {
	module_sets=(kvm nic device vfio host)
	l1-micro "$@"
	io_workload
}

# The QEMU that has PCI devices, a Linux for it, and a guest that means harm.
l1-io-full() {
	l1-io "$@"
	emulator qemu-system-x86_64
	echo "dir /l2 755"
	echo "file /bin/l2-io 755 $here/l1/l2-io"
	echo "file /l2/vmlinux 644 $build/vmlinux"
	echo "file /l2/l2-io.cpio 644 $build/l2-io.cpio"
	echo "file /l2/cmdline 644 $here/cmdline.l2"
	multiboot_roms
	echo "file /payloads/bad-guest-dma.elf 755 $build/../guests/bad-guest-dma.elf"
	echo "file /bin/canary 755 $build/../workloads/io/canary"
}

# Of KVM as L0, which has L1 for a guest.
. "$here/../peer/contents.sh"

case $image in
l2 | l2-io | l1-micro | l1-full | l1-build | l1-full-build | l1-io | l1-io-full | peer | peer-io | peer-engine) "$image" "$@" ;;
*) die "$image: no such image" ;;
esac
