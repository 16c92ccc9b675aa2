#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What a guest hypervisor is answered is the same on the bare engine and under L0: runs the guest that
# writes nonsense into every VMCS field on both, and compares the digests of all answers. Where L0
# offers less, the bare engine's guest goes without it too.
set -uo pipefail

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
guest=$top/.build/guests/vmx-entry-checks.elf
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
. "$top/experiments/tests/same.sh"

# digests NAME WORD...: of one run; what else it said is in $work/NAME.out.
digests() {
	local name=$1
	shift
	"$top/testudo" boot --kernel "$guest" --console "$work/$name" "$@" < /dev/null > "$work/$name.out" 2>&1
	grep -a '^INFO digest' "$work/$name" | tr -d '\r' > "$work/$name.lines"
}

digests bare --bare
digests bare-without-ept --bare --append no-ept
for knob in vmcs=shadow vmcs=trap vmcs=evmcs merge=full; do
	digests "$knob" --set "$knob"
	same same-answers "$knob" bare
done
for knob in mmu=shadow-on-ept mmu=shadow-on-shadow; do
	digests "$knob" --set "$knob"
	same same-answers "$knob" bare-without-ept
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
