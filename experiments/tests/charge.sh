#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The cost model adds what it says and touches nothing else: the same guest with and without charge=
# differs in its elapsed ticks by exactly the charge of every exit, and in no tick of L0 or L1.
set -uo pipefail

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
iterations=100

# The one measure line of CPUID in L1, with that calibration.
measure() {
	"$top/testudo" boot --kernel "$top/.build/workloads/micro/micro.elf" --append "ops=cpuid n=$iterations" \
		--set "charge=$1" --channel "$work/$1" < /dev/null > "$work/$1.out" 2>&1
	grep -a '"t":"measure"' "$work/$1"
}

field() { sed -n "s/.*\"$2\":\([0-9]*\).*/\1/p" <<< "$1"; }

failed=0 passed=0
none=$(measure none)
# name and ticks of each calibration, from the table; an exit more than iterations: the END marker's
while read -r name ticks; do
	line=$(measure "$name")
	due=$((ticks * (iterations + 1)))
	rise=$(($(field "$line" elapsed) - $(field "$none" elapsed)))
	if [ -z "$none" ] || [ "$rise" -ne $due ] || [ "$(field "$line" charged)" != $due ] ||
		[ "$(field "$line" l0)" != "$(field "$none" l0)" ] || [ "$(field "$line" l1)" != "$(field "$none" l1)" ]; then
		echo "FAIL charge=$name: elapsed rose by $rise, not $due: $(tail -n 1 "$work/$name.out")"
		failed=$((failed + 1))
	else
		echo "PASS charge=$name"
		passed=$((passed + 1))
	fi
done < <(sed -n 's/.*ROW("\([^"]*\)", \([0-9]*\),.*/\1 \2/p' "$top/l0/measure/charge.def")
echo "$passed passed, $failed failed"
[ $failed -eq 0 ] && [ $passed -gt 0 ]
