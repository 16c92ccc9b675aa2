#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# All tests: unit suites, the command line's, the system tests. Closes on one line over all of them.
# Before that line: how many instructions the engines executed, and the machines that took the most.
# usage: FUZZERS="NAME..." check.sh UNIT-TEST...
set -uo pipefail

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
out=$top/.build/check
mkdir -p "$out"
export TESTUDO_TALLY=$out/tally
: > "$TESTUDO_TALLY"
passed=0 failed=0

# Check's own summary lines; a program that ends badly without one is a failure of its own.
add_unit() {
	local name=$1 status=$2 log=$3 checks failures
	read -r checks failures < <(sed -n 's/.*Checks: \([0-9]*\), Failures: \([0-9]*\), Errors: \([0-9]*\).*/\1 \2 \3/p' "$log" |
		awk '{ c += $1; f += $2 + $3 } END { print c + 0, f + 0 }')
	[ "$status" -eq 0 ] && [ "$checks" -gt 0 ] || [ "$failures" -gt 0 ] || failures=1
	[ "$checks" -ge "$failures" ] || checks=$failures
	passed=$((passed + checks - failures)) failed=$((failed + failures))
	if [ "$failures" -gt 0 ]; then
		echo "FAIL unit $name: $failures of $checks (log: $log)"
	else
		echo "PASS unit $name: $checks"
	fi
}

# A suite of ours closes on "N passed, N failed".
add_suite() {
	local name=$1 log=$2 good bad
	read -r good bad < <(sed -n 's/^\([0-9]*\) passed, \([0-9]*\) failed$/\1 \2/p' "$log" | tail -n 1)
	if [ -z "${good:-}" ] || [ $((good + bad)) -eq 0 ]; then
		echo "FAIL $name: it did not come to its end (log: $log)"
		failed=$((failed + 1))
		return
	fi
	passed=$((passed + good)) failed=$((failed + bad))
}

for name; do
	make -s -C "$top" "unit-$name" > "$out/unit-$name.log" 2>&1
	add_unit "$name" $? "$out/unit-$name.log"
done
"$top/experiments/tests/fuzz.sh" $FUZZERS | tee "$out/fuzz.log"
add_suite "fuzz" "$out/fuzz.log"
"$top/experiments/tests/rooms-test.sh" | tee "$out/rooms.log"
add_suite "rooms" "$out/rooms.log"
"$top/experiments/tests/globals.sh" | tee "$out/globals.log"
add_suite "globals" "$out/globals.log"
"$top/experiments/tests/cli.sh" | tee "$out/cli.log"
add_suite "command line" "$out/cli.log"
"$top/experiments/tests/same-bytes.sh" | tee "$out/same-bytes.log"
add_suite "same bytes" "$out/same-bytes.log"
"$top/experiments/tests/no-figure.sh" | tee "$out/no-figure.log"
add_suite "no figure" "$out/no-figure.log"
"$top/experiments/tests/same-answers.sh" | tee "$out/same-answers.log"
add_suite "same answers" "$out/same-answers.log"
"$top/experiments/tests/charge.sh" | tee "$out/charge.log"
add_suite "cost model" "$out/charge.log"
"$top/experiments/tests/idle.sh" | tee "$out/idle.log"
add_suite "idle" "$out/idle.log"
"$top/experiments/tests/profile.sh" | tee "$out/profile.log"
add_suite "profile" "$out/profile.log"
"$top/experiments/tests/same-ticks.sh" | tee "$out/same-ticks.log"
add_suite "same ticks" "$out/same-ticks.log"
"$top/experiments/tests/isolation.sh" | tee "$out/isolation.log"
add_suite "isolation" "$out/isolation.log"
"$top/experiments/tests/disk.sh" | tee "$out/disk.log"
add_suite "disk" "$out/disk.log"
"$top/testudo" check-system ${T:+"$T"} | tee "$out/system.log"
add_suite "system tests" "$out/system.log"

sort -rn "$TESTUDO_TALLY" | awk '
	{ sum += $1 }
	NR <= 5 { most = most sprintf("%s%s %.1f", NR > 1 ? ", " : "", $2, $1 / 1e9) }
	END { printf "engines: %d machines, %.1f G instructions in all; the most, in G: %s\n", NR, sum / 1e9, most }'
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
