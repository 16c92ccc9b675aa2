#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The rooms of every folder that has a file "rooms", after the check itself has been shown trees that
# are wrong. Closes on "N passed, N failed".
set -uo pipefail

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
check=experiments/tests/rooms.sh
cd "$top" || exit 2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0 failed=0

count() { # count NAME WORKED [WHAT-IT-SAID]
	if [ "$2" = yes ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		printf 'FAIL rooms %s: %s\n' "$1" "${3:-}"
	fi
}

# tree ROOMS-LINES FILE=INCLUDED...: a new folder with those files.
tree() {
	local lines=$1 one file
	shift
	rm -rf "$work/t"
	for one; do
		file=$work/t/${one%%=*}
		mkdir -p "$(dirname "$file")"
		[ -z "${one#*=}" ] && : > "$file" || printf '#include "%s"\n' "${one#*=}" >> "$file"
	done
	printf '%b\n' "$lines" > "$work/t/rooms"
}

refuses() { # refuses NAME WORDS
	local said
	said=$($check "$work/t/rooms")
	[ $? -eq 1 ] && [[ $said == *"$2"* ]] && count "$1" yes || count "$1" no "said: $said"
}

accepts() { # accepts NAME
	local said
	said=$($check "$work/t/rooms") && count "$1" yes || count "$1" no "said: $said"
}

tree 'a\nb c' a/x.c=b/y.h a/x.c=c/z.h b/y.h= c/z.h= b/y.c=y.h
accepts "arrows down"
tree 'a\nb' a/x.h= b/y.h= b/y.c=a/x.h
refuses "an arrow up" "b/y.c includes a/x.h: an arrow up, from b to a"
tree 'a\nb' a/x.h= b/y.h= b/y.c=../a/x.h
refuses "an arrow up by dots" "an arrow up, from b to a"
tree 'a\nb' a/x.h= b/y.h= b/y.c=x.h
refuses "an arrow up by a folder of the compiler's" "an arrow up, from b to a"
tree 'a b' a/x.c=b/y.h b/y.h=
refuses "an arrow sideways" "an arrow sideways, from a to b"
tree 'a a>b' a/x.c=b/y.h b/y.h=
accepts "an arrow sideways that is listed"
tree 'a>b b>a' a/x.h= a/x.c=b/y.h b/y.h= b/y.c=a/x.h
refuses "a circle of rooms" "a circle: room:"
tree 'a' a/x.h=a/y.h a/y.h=a/x.h
refuses "a circle of headers" "a circle: a/"
tree 'a' a/x.h= b/y.h=
refuses "a file without a room" "b/y.h is in no room"
tree 'main\nlib' main.c=lib/y.h lib/y.h= lib/tests/t.c=main.h
accepts "a single source as a room, tests left out"

for rooms in */rooms; do
	said=$($check "$rooms") && count "of ${rooms%/rooms}" yes || count "of ${rooms%/rooms}" no "$said"
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
