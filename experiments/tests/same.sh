# SPDX-License-Identifier: Apache-2.0
# For tests that hold what runs said against each other; sourced. Each run leaves its lines in
# $work/NAME.lines, and what else it said in $work/NAME.out.
passed=0 failed=0

# same SUITE NAME OF: whether the run NAME said what the run OF did, and that said something.
same() {
	local difference
	if [ ! -s "$work/$3.lines" ]; then
		echo "FAIL $1 $2: $3 gave nothing to compare with: $(tail -n 1 "$work/$3.out")"
		failed=$((failed + 1))
	elif ! difference=$(diff "$work/$3.lines" "$work/$2.lines"); then
		echo "FAIL $1 $2: $(echo "$difference" | sed -n 2p | cut -c1-200)"
		failed=$((failed + 1))
	else
		echo "PASS $1 $2"
		passed=$((passed + 1))
	fi
}
