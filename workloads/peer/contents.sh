#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The list of the peer's image: KVM as L0, QEMU, and L1's kernel, initramfs and command line. For
# images/contents.sh, whose variables and functions it uses.
peer=$here/../peer

peer() {
	l1-micro "$@"
	echo "file /etc/testudo/actions/peer 755 $peer/action"
	echo "file /etc/testudo/marks.awk 644 $peer/marks.awk"
	echo "file /etc/testudo/exits.awk 644 $peer/exits.awk"
	emulator qemu-system-x86_64-microvm
	echo "dir /l1 755"
	echo "file /l1/vmlinux 644 $build/vmlinux"
	echo "file /l1/l1-micro.cpio 644 $build/l1-micro.cpio"
	echo "file /l1/cmdline 644 $here/cmdline.l1"
}

# KVM as L0 of an L1 with I/O: what gives an L2 its devices gives them to an L1.
peer-io() {
	l1-io-full "$@"
	echo "file /etc/testudo/actions/peer-io 755 $peer/peer-io"
	echo "file /etc/testudo/windows.awk 644 $peer/windows.awk"
}

# The harness with its kvm engine, and L0, at the places of the tree.
peer-engine() {
	local path
	peer "$@"
	for path in /t /t/.build /t/.build/experiments /t/.build/l0 /t/experiments /t/experiments/engines; do
		echo "dir $path 755"
	done
	echo "file /t/.build/experiments/testudo 755 $build/../experiments/testudo"
	echo "file /t/.build/l0/testudo.elf 644 $build/../l0/testudo.elf"
	echo "file /t/experiments/engines/kvm.sh 755 $here/../../experiments/engines/kvm.sh"
	echo "file /etc/testudo/actions/testudo 755 $peer/testudo"
	multiboot_roms
	# The harness is this machine's, and so are the libraries that the packages do not have.
	ldd "$build/../experiments/testudo" | sed -n 's/.* => \(.*\/\(libjansson\|libmd\)\.so\.[0-9]*\) .*/\1/p' |
		while read -r path; do
			echo "file $libdir/${path##*/} 755 $path"
		done
}
