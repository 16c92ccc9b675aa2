#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A neighbour costs the machine under test nothing: some operations in L1, alone and beside storms, have the
# same ticks and exits in every number. The experiment `isolation` has all operations and all storms.
set -uo pipefail

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
guest=$top/.build/guests/neighbour.elf
operations='["cpuid","in-user","mmio","interrupt","hlt-wake","self-ipi"]'
run='"level":"L1","l0":"testudo","kernel":"micro","words":"level=L1 ops=cpuid,in-user,mmio,interrupt,hlt-wake,self-ipi n=40","ends":"debug-exit","status":0'
# Short ones, so that the neighbour tells of them before the machine under test ends.
storms="exits events l2s"
tests_of() {
	case $1 in
	exits) echo tests=exits,words ;;
	events) echo tests=nmis,interrupts ;;
	l2s) echo tests=l2_triple_faults,l2_killed,l2_remapped ;;
	esac
}

runs="{\"name\":\"alone\",$run}"
for storm in $storms; do
	runs="$runs,{\"name\":\"$storm\",$run,\"neighbour\":{\"kernel\":\"$guest\",\"words\":\"$(tests_of "$storm") repeat\",\"knobs\":[\"memory=64\"]}}"
done
# The page is the experiment's of that name.
echo "{\"table\":\"isolation\",\"operations\":$operations,\"runs\":[$runs]}" > "$work/isolation.json"
"$top/testudo" run --definition "$work/isolation.json" --out "$work/result" > "$work/out" 2>&1

passed=0 failed=0
for storm in $storms; do
	row=$(grep "^$storm,L1," "$work/result/neighbours.csv" 2> /dev/null)
	IFS=, read -r _ _ all same most _ _ _ exits _ <<< "$row"
	if [ "${all:-0}" -eq 6 ] && [ "$same" -eq 6 ] && [ "$most" -eq 0 ] && [ "$exits" -gt 0 ]; then
		echo "PASS isolation from $storm"
		passed=$((passed + 1))
	else
		echo "FAIL isolation from $storm: ${row:-$(tail -n 1 "$work/out")}"
		failed=$((failed + 1))
	fi
done
echo "$passed passed, $failed failed"
[ $failed -eq 0 ] && [ $passed -gt 0 ]
