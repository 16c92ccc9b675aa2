#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The profile adds up and touches nothing: the same guest with profile=no and yes has the same measure
# lines, to the tick; the ticks of every kind of exit are the counters' ticks of it and the same few
# instructions outside of their time stamps for each exit; and with the entry stub's they are what the
# guest sees more than on the bare engine.
set -uo pipefail

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0 passed=0

# The data channel of a few operations in L1, under these knobs.
run() {
	local name=$1
	shift
	"$top/testudo" boot --kernel "$top/.build/workloads/micro/micro.elf" --append "ops=cpuid,rdmsr,wrmsr,in-kernel n=100" \
		"$@" --channel "$work/$name" < /dev/null > "$work/$name.out" 2>&1
	grep -a '"t":"measure"' "$work/$name" > "$work/$name.measures"
}

# Of each kind: ticks of its profile less its counter's, for one exit.
outside() {
	awk '/"t":"measure"/ {
		delete counted
		for (rest = $0; match(rest, /"reason":"[^"]*","count":[0-9]*,"ticks":[0-9]*/); rest = substr(rest, RSTART + RLENGTH)) {
			split(substr(rest, RSTART, RLENGTH), part, /[",:]+/)
			counted[part[3]] = part[7]
		}
	}
	/"t":"profile"/ {
		split($0, field, /[",:]+/)
		for (i in field) if (field[i] == "reason") reason = field[i + 1]; else if (field[i] == "exits") exits = field[i + 1]
		sum = 0
		for (rest = substr($0, index($0, "[[")); match(rest, /,[0-9]+\]/); rest = substr(rest, RSTART + RLENGTH))
			sum += substr(rest, RSTART + 1, RLENGTH - 2)
		print (sum - counted[reason]) / exits
	}' "$1" | sort -u
}

# The sum of a line's pairs, and a number of it.
sum_of() { grep -o ',[0-9]*\]' <<< "$1" | awk '{ sum += substr($1, 2) } END { print sum + 0 }'; }
field() { sed -n "s/.*\"$2\":\([0-9]*\).*/\1/p" <<< "$1"; }

judge() {
	if [ "$2" = yes ]; then
		echo "PASS profile: $1"
		passed=$((passed + 1))
	else
		echo "FAIL profile: $1: $3"
		failed=$((failed + 1))
	fi
}

for mmu in mdp shadow-on-shadow; do
	run plain --set mmu=$mmu
	run profiled --set mmu=$mmu --set profile=yes
	[ -s "$work/plain.measures" ] && cmp -s "$work/plain.measures" "$work/profiled.measures" && same=yes || same=no
	judge "mmu=$mmu sees the same time" $same "$(diff "$work/plain.measures" "$work/profiled.measures" | head -n 2)"
	each=$(outside "$work/profiled")
	[[ $each =~ ^[1-9][0-9]?$ ]] && same=yes || same=no
	judge "mmu=$mmu adds up" $same "outside of the time stamps: $each"
done

"$top/testudo" boot --bare --kernel "$top/.build/workloads/micro/micro.elf" --append "level=bare end=poweroff ops=cpuid n=100" \
	--channel "$work/bare" < /dev/null > "$work/bare.out" 2>&1
run profiled --set profile=yes
line=$(grep -a '"t":"profile","id":1,' "$work/profiled")
bare=$(field "$(grep -a '"t":"sample"' "$work/bare")" ticks_sum)
seen=$(field "$(grep -a '"t":"sample".*"id":1,' "$work/profiled")" ticks_sum)
whole=$(($(sum_of "${line#*\"ticks\":}") + $(field "$line" exits) * $(field "$line" stub)))
[ -n "$bare" ] && [ "$seen" = $((bare + whole)) ] && same=yes || same=no
judge "it is all that the guest sees" $same "bare $bare, in L1 $seen, profile $whole"
echo "$passed passed, $failed failed"
[ $failed -eq 0 ] && [ $passed -gt 0 ]
