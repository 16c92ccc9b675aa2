#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The same command on the same files gives the same bytes: runs the experiment twice, side by side,
# with few iterations, and compares every file but host.json.
set -uo pipefail

testudo=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)/testudo
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$testudo" run exit-multiplication --set iterations=20 --out "$work/one" > "$work/one.table" 2> "$work/one.err" &
first=$!
"$testudo" run exit-multiplication --set iterations=20 --out "$work/two" > "$work/two.table" 2> "$work/two.err"
second=$?
wait $first || second=$?
if [ $second -ne 0 ]; then
	echo "FAIL same-bytes: a run failed: $(cat "$work"/*.err | head -n 1)"
	echo "0 passed, 1 failed"
	exit 1
fi
if ! difference=$(diff -r -q -x host.json "$work/one" "$work/two") || [ ! -s "$work/one/host.json" ]; then
	echo "FAIL same-bytes: ${difference:-no host.json}"
	echo "0 passed, 1 failed"
	exit 1
fi
echo "PASS same-bytes"
echo "1 passed, 0 failed"
