#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# CPU % is by L1's own accounts, since its HLT does not exit. Where it does (hlt=exits) L0 knows the ticks in HLT exactly, and
# both must agree within one percent of all: reads of a slow disk, between which L1 has nothing to do. The account has more: what
# Linux does from the begin of its idle loop to the HLT, about 3,000 ticks for each.
set -uo pipefail

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
truncate -s 1M "$work/disk"

"$top/testudo" boot --kernel "$top/.build/images/vmlinux" --initrd "$top/.build/images/l1-io.cpio" \
	--append "$(cat "$top/workloads/images/cmdline.l1") testudo.do=blk-lat=100 testudo.end=debug-exit" --disk "$work/disk" \
	--set disk_latency=400000 --set hlt=exits --console "$work/console" --channel "$work/channel" < /dev/null > "$work/out" 2>&1
measure=$(grep -a '"t":"measure".*"id":112,' "$work/channel")
field() { sed -n "s/.*\"$2\":\([0-9]*\).*/\1/p" <<< "$1"; }
elapsed=$(field "$measure" elapsed) halted=$(field "$measure" halted) exits=$(field "$measure" 'reason":"HLT","count')
# At the default rate of the TSC a tick is a nanosecond.
idle=$(field "$(grep -a '"id":112,.*"idle_ns"' "$work/channel")" idle_ns)

said="of $elapsed ticks in HLT $halted, after $exits exits; idle by its own accounts ${idle:-nobody knows}"
if [ -n "$idle" ] && [ "${exits:-0}" -ge 100 ] && [ $((halted * 2)) -gt "$elapsed" ] &&
	[ "$idle" -ge "$halted" ] && [ $(((idle - halted) * 100)) -le "$elapsed" ]; then
	echo "PASS idle: $said"
	echo "1 passed, 0 failed"
else
	echo "FAIL idle: $said; $(tail -n 1 "$work/out")"
	echo "0 passed, 1 failed"
	exit 1
fi
