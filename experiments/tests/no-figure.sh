#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A run whose figure cannot be drawn keeps what it measured, and says so: one line, status 110.
set -uo pipefail

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/bin"
printf '#!/bin/sh\nexit 1\n' > "$work/bin/gnuplot"
chmod +x "$work/bin/gnuplot"

PATH=$work/bin:$PATH "$top/testudo" run exit-multiplication --set iterations=2 --out "$work/result" > "$work/out" 2> "$work/err"
status=$?
why=
[ $status -eq 110 ] || why="status $status, not 110"
[ -s "$work/result/result.json" ] && [ -s "$work/result/operations.csv" ] || why="no result.json or no operations.csv"
grep -q '^result: ' "$work/out" || why="no table"
[ "$(grep -c 'gnuplot could not draw' "$work/err")" -eq 1 ] || why="not one line that says so: $(head -n 1 "$work/err")"
if [ -n "$why" ]; then
	echo "FAIL no-figure: $why"
	echo "0 passed, 1 failed"
	exit 1
fi
echo "PASS no-figure"
echo "1 passed, 0 failed"
