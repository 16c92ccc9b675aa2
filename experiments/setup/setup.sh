#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Makes a machine ready: Debian packages named in the file packages, then the engine.
# When all is there it says nothing and takes well under a second.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

usage() {
	cat <<-END
	usage: setup.sh [--packages-only | --list | --help]
	Installs the missing ones of the packages in $here/packages with apt (by sudo
	when not root), then builds the engine (engine.sh).
	  --packages-only   leave the engine alone
	  --list            only name what is missing; status 1 if there is any
	  TESTUDO_ENGINE=stock   Debian's own bochs instead of the fast engine
	END
}

wanted() { sed -e 's/#.*//' "$here/packages" | awk 'NF { print $1 }'; }

# Those of the wanted packages that are not installed.
missing() {
	comm -23 <(wanted | sort -u) \
		<(dpkg-query -W -f '${db:Status-Status} ${Package}\n' 2> /dev/null |
			awk '$1 == "installed" { print $2 }' | sort -u)
}

as_root() {
	if [ "$(id -u)" = 0 ]; then
		"$@"
	elif command -v sudo > /dev/null; then
		sudo "$@"
	else
		echo "setup: not root and no sudo; as root run: apt-get install$(printf ' %s' "${packages[@]}")" >&2
		exit 2
	fi
}

# The package lists are fetched only if apt cannot name a version of every package.
lists_are_stale() {
	local known
	known=$(apt-cache policy "${packages[@]}" 2> /dev/null | grep -c '^  Candidate: [^(]')
	[ "$known" -lt ${#packages[@]} ]
}

install_missing() {
	echo "setup: installing ${#packages[@]} Debian packages: ${packages[*]}"
	local quiet=(-o Dpkg::Use-Pty=0 -qq)
	if lists_are_stale; then
		echo "setup: updating the package lists"
		as_root apt-get "${quiet[@]}" update
	fi
	# Lists that are merely old name files the mirror no longer has: update and try once more.
	as_root env DEBIAN_FRONTEND=noninteractive apt-get "${quiet[@]}" install -y \
		--no-install-recommends "${packages[@]}" > /dev/null && return
	echo "setup: that failed; updating the package lists and trying again"
	as_root apt-get "${quiet[@]}" update
	as_root env DEBIAN_FRONTEND=noninteractive apt-get "${quiet[@]}" install -y \
		--no-install-recommends "${packages[@]}" > /dev/null
}

engine=true list=false
case ${1:-} in
--help | -h) usage; exit ;;
--packages-only) engine=false ;;
--list) list=true ;;
'') ;;
*) echo "setup.sh: unknown option '$1', see --help" >&2; exit 2 ;;
esac

if ! command -v apt-get > /dev/null || ! command -v dpkg-query > /dev/null; then
	echo "setup: this is no Debian system (no apt); install the counterparts of: $(wanted | tr '\n' ' ')" >&2
	exit 2
fi
mapfile -t packages < <(missing)
if $list; then
	[ ${#packages[@]} -eq 0 ] || { printf '%s\n' "${packages[@]}"; exit 1; }
	exit
fi
[ ${#packages[@]} -eq 0 ] || install_missing
! $engine || exec "$here/engine.sh"
