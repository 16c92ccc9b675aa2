#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The part of an image's list that is the I/O workloads: Debian's servers and their clients, and our programs. For
# images/contents.sh, whose variables and functions it uses.
io=$here/../io

io_workload() {
	local name
	programs /usr/bin/{iperf3,ab,memcached,memcslap,lspci,setpci} /usr/sbin/nginx /sbin/ethtool
	for name in udp-rr stream blk-lat iommu-map load; do
		echo "file /bin/$name 755 $build/../workloads/io/$name"
	done
	echo "file /bin/mark 755 $mark"
	for name in nginx.conf passwd group; do
		echo "file /etc/$name 644 $io/$name"
	done
}
