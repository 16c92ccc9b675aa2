#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What is global in L0 and can be written while guests run: what several CPUs share must be behind a
# lock, and cold. Everything else belongs to a CPU, a vCPU or a machine, or is sealed after the start
# (l0/lib/sealed.h). usage: globals.sh
set -uo pipefail

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
image=$top/.build/l0/testudo.elf64
# Each with the lock that guards it.
allowed="channel console"

symbols=$(nm "$image") || exit 2
# The sealed section ends at l0_start_end; what lies from there on stays writable.
end=$(awk '$3 == "l0_start_end" { print $1 }' <<< "$symbols")
globals=$(awk -v end="$end" '$2 ~ /[bBdDC]/ && ($1 "") >= (end "") && $3 !~ /^l0_|_top$/ { print $3 }' <<< "$symbols" |
	sed 's/\..*//' | sort -u | tr '\n' ' ')
if [ -n "$end" ] && [ "${globals% }" = "$allowed" ]; then
	echo "PASS globals: $globals"
	echo "1 passed, 0 failed"
else
	echo "FAIL globals: writable while guests run: $globals; allowed: $allowed"
	echo "0 passed, 1 failed"
	exit 1
fi
