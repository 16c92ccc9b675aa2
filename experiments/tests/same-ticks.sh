#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What a guest does not use costs it nothing: the micro-benchmark on a machine without a function has the
# same exits and the same ticks, to the last, with interrupts=eli and without.
set -uo pipefail

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
words="ops=cpuid,rdmsr,in-kernel,mmio,interrupt,hlt-wake,self-ipi,ipi-hlt cpus=2 n=20"
. "$top/experiments/tests/same.sh"

# numbers NAME KNOB...: of one run, every measurement and every sample.
numbers() {
	local name=$1 knobs=()
	shift
	for knob; do
		knobs+=(--set "$knob")
	done
	"$top/testudo" boot --kernel "$top/.build/workloads/micro/micro.elf" --append "$words" --set vcpus=2 \
		"${knobs[@]}" --console "$work/console" --channel "$work/channel" < /dev/null > "$work/$name.out" 2>&1
	grep -aE '"t":"(measure|sample)"' "$work/channel" > "$work/$name.lines"
}

numbers exits
for way in eli eli-delivery; do
	for nic in none virtio; do
		numbers "$way-$nic" interrupts=$way nic=$nic
		same same-ticks "$way-$nic" exits
	done
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
