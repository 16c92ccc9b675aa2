#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Reads the includes of a folder and holds them against its rooms: fails on a file without a room, an
# arrow up or sideways, and a circle of headers or of rooms.
# usage: rooms.sh [--picture] ROOMS-FILE     (--picture: who includes whom, and how often)
#
# The file has a line for each layer from the top down, with the names of its rooms: folders beside
# the file, or single sources without their ending ("main"). Rooms of one line may not include each
# other, but where the line has "a>b". What starts with "#" is a comment. Folders named "tests" are
# left out.
set -euo pipefail

picture=0
[ "${1:-}" != --picture ] || { picture=1; shift; }
[ $# -eq 1 ] && [ -r "$1" ] || { echo "usage: rooms.sh [--picture] ROOMS-FILE" >&2; exit 2; }
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$(dirname "$1")"

{
	echo "R"
	sed 's/#.*//' "$(basename "$1")"
	echo "F"
	find . -name tests -prune -o -type f -name '*.[chS]' -printf '%P\n' | sort
	echo "I"
	find . -name tests -prune -o -type f -name '*.[chS]' -printf '%P\n' | sort |
		xargs grep -Ho '^#include "[^"]*"' | sed 's/:#include "/ /; s/"$//'
} | awk -v picture=$picture -f "$here/rooms.awk"
