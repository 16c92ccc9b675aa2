#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The part of an image's list that is the workloads: Debian's tcc and make, the C library with the
# headers that the source tree includes, the tree itself, what runs and checks it, and our programs. For
# images/contents.sh, whose variables and functions it uses.
macro=$here/../macro
programs=$build/../workloads/macro
mark=$programs/mark
tree=$root/usr/src/lua-5.4.4/src
multiarch=/usr/lib/x86_64-linux-gnu

# One line for each header that the compiler opens for FILE...: its own preprocessor says so. It is the
# packages' tcc, run by the packages' loader, for this system may have neither.
headers() {
	local file
	for file; do
		"$root$libdir/ld-linux-x86-64.so.2" --library-path "$root$libdir" "$root/usr/bin/tcc" -E \
			-nostdinc -I"$root$multiarch/tcc/include" -I"$root/usr/include/x86_64-linux-gnu" \
			-I"$root/usr/include" "$file" || die "tcc cannot read ${file##*/}"
	done | sed -n "s|^# [0-9]* \"$root\(/usr/[^\"]*\)\".*|\1|p" | grep -v '^/usr/src/' | sort -u
}

build_workload() {
	local file
	# shellcheck disable=SC2046 # one word per header is meant
	tree_files /lib64/ld-linux-x86-64.so.2 "$libdir"/{libc.so.6,libm.so.6,libmvec.so.1,libdl.so.2,libpthread.so.0} \
		/usr/bin/{tcc,make} "$multiarch"/{crt1.o,crti.o,crtn.o,libc.so,libm.so,libc_nonshared.a} \
		"$multiarch/tcc/libtcc1.a" $(headers "$tree"/*.c)
	echo "link /bin/tcc ../usr/bin/tcc"
	echo "link /bin/make ../usr/bin/make"
	echo "dir /usr/src 755"
	echo "dir /usr/src/lua 755"
	for file in "$tree"/* "$macro"/lua/*; do
		echo "file /usr/src/lua/${file##*/} 644 $file"
	done
	echo "file /bin/build-lua 755 $macro/build-lua"
	echo "file /bin/mark 755 $mark"
	echo "file /bin/pages 755 $programs/pages"
}
