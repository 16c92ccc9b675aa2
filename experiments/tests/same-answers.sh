#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What a guest hypervisor is answered is the same on the bare engine and under L0: runs the guest that
# writes nonsense into every VMCS field on both, and compares the digests of all answers.
set -uo pipefail

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
guest=$top/.build/guests/vmx-entry-checks.elf
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

answers() { grep -a '^INFO digest' "$1" | tr -d '\r'; }

"$top/testudo" boot --bare --kernel "$guest" --console "$work/bare" < /dev/null > "$work/bare.out" 2>&1
"$top/testudo" boot --kernel "$guest" --console "$work/l0" < /dev/null > "$work/l0.out" 2>&1
if [ -z "$(answers "$work/bare")" ]; then
	echo "FAIL same-answers: the bare engine gave none: $(tail -n 1 "$work/bare.out")"
elif ! difference=$(diff <(answers "$work/bare") <(answers "$work/l0")); then
	echo "FAIL same-answers: $(echo "$difference" | sed -n 2p)"
else
	echo "PASS same-answers"
	echo "1 passed, 0 failed"
	exit 0
fi
echo "0 passed, 1 failed"
exit 1
