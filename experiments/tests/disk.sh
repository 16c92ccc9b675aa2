#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A disk there and back: L1's own driver reads what is in the file, and what it has written and flushed is
# in the file that comes back, with everything else as it was.
set -uo pipefail

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0 passed=0
mib=1048576

# boot ACTIONS WORD...: L1 with the disk.
boot() {
	local actions=$1
	shift
	"$top/testudo" boot --kernel "$top/.build/images/vmlinux" --initrd "$top/.build/images/l1-io.cpio" \
		--append "$(cat "$top/workloads/images/cmdline.l1") testudo.do=$actions testudo.end=debug-exit" \
		--disk "$work/disk" --console "$work/console" --channel "$work/channel" "$@" < /dev/null > "$work/out" 2> "$work/err"
}

judge() {
	if [ "$2" = yes ]; then
		echo "PASS disk: $1"
		passed=$((passed + 1))
	else
		echo "FAIL disk: $1: $3"
		failed=$((failed + 1))
	fi
}

sum() { head -c $mib "$1" | sha256sum | cut -d' ' -f1; }
told() { sed -n "s/.*blk: vda .* $1 \([0-9a-f]*\).*/\1/p" "$work/console"; }

# Two MiB and a sector, so that the last block is a short one.
seq 1 400000 | head -c $((2 * mib + 512)) > "$work/disk"
cp "$work/disk" "$work/original"
boot blk=1 --disk-out "$work/back"
status=$?
[ $status -eq 1 ] && grep -q 'action blk=1: ok' "$work/console" && good=yes || good=no
judge "L1 reads and writes it" $good "status $status; $(tail -n 3 "$work/console" "$work/err")"
[ "$(told before)" = "$(sum "$work/original")" ] && good=yes || good=no
judge "what L1 reads is in the file" $good "$(told before), not $(sum "$work/original")"
[ -s "$work/back" ] && [ "$(told after)" = "$(sum "$work/back")" ] && good=yes || good=no
judge "what L1 wrote comes back" $good "$(told after), not $(sum "$work/back"); $(cat "$work/err")"
cmp -s -i $mib "$work/original" "$work/back" && good=yes || good=no
judge "the rest is as it was" $good "$(cmp -i $mib "$work/original" "$work/back" 2>&1)"
cmp -s "$work/original" "$work/disk" && good=yes || good=no
judge "the file itself stays as it is" $good 'it changed'
# Read through rings that the sidecore polls, its replies posted: neither exits.
boot blk-lat=20 --set sidecore=on --set poll_rate=0 --set interrupts=posted
grep -a '"id":112,.*"iterations":20,' "$work/channel" > "$work/measure" && ! grep -qE 'EPT_|INTERRUPT' "$work/measure" && good=yes || good=no
judge "requests and replies without exits" $good "$(cat "$work/measure" "$work/err")"
echo "$passed passed, $failed failed"
[ $failed -eq 0 ] && [ $passed -gt 0 ]
