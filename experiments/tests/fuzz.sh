#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# libFuzzer's targets, each for its number of inputs: a finding is a failure, with the input kept.
# usage: fuzz.sh NAME...
set -uo pipefail

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
out=$top/.build/check
mkdir -p "$out"
passed=0 failed=0

for name; do
	log=$out/fuzz-$name.log
	if make -s -C "$top" "fuzz-$name" > "$log" 2>&1 && done=$(grep -o 'Done [0-9]* runs' "$log"); then
		echo "PASS fuzz $name: ${done//[!0-9]/} inputs"
		passed=$((passed + 1))
	else
		echo "FAIL fuzz $name (log: $log)"
		failed=$((failed + 1))
	fi
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
