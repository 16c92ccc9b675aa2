#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The same command on the same files gives the same bytes: runs each experiment twice, side by side,
# with few iterations, and compares every file but host.json. One is Testudo's own, one has the peer in it.
set -uo pipefail

testudo=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)/testudo
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0 failed=0

# twice EXPERIMENT ITERATIONS: two results in $work/EXPERIMENT, one and two, and what they printed.
twice() {
	local here=$work/$1 first second
	mkdir "$here"
	"$testudo" run "$1" --set "iterations=$2" --out "$here/one" > "$here/one.table" 2> "$here/one.err" &
	first=$!
	"$testudo" run "$1" --set "iterations=$2" --out "$here/two" > "$here/two.table" 2> "$here/two.err"
	second=$?
	wait $first && [ $second -eq 0 ]
}

# The last line names the result's place, which is not the same.
printed() { sed '/^result: /d' "$1.table"; }

same() {
	local here=$work/$1 why=
	if ! twice "$1" "$2"; then
		why="a run failed: $(cat "$here"/*.err | head -n 1)"
	elif [ ! -s "$here/one/host.json" ] || [ ! -s "$here/one/operations.csv" ]; then
		why="no host.json or no operations.csv"
	elif ! why=$(diff -r -q -x host.json "$here/one" "$here/two"); then
		why=${why:-they differ}
	elif ! cmp -s <(printed "$here/one") <(printed "$here/two"); then
		why="the tables on the terminal differ"
	fi
	if [ -z "$why" ]; then
		passed=$((passed + 1))
		echo "PASS same-bytes $1"
	else
		failed=$((failed + 1))
		echo "FAIL same-bytes $1: $why"
	fi
}

same exit-multiplication 20
same compare-quick 5
same smp-quick 5
echo "$passed passed, $failed failed"
