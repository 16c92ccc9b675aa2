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
	emulator
	echo "dir /l1 755"
	echo "file /l1/vmlinux 644 $build/vmlinux"
	echo "file /l1/l1-micro.cpio 644 $build/l1-micro.cpio"
	echo "file /l1/cmdline 644 $here/cmdline.l1"
}
