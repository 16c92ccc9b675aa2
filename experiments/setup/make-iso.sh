#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Wraps a multiboot kernel, its command line and its modules, or a Linux and its initrds, into a GRUB
# image that boots from a CD without menu or delay. The same input gives the same bytes.
set -euo pipefail

usage() {
	cat <<-END
	usage: make-iso.sh KERNEL OUT.iso [COMMAND-LINE [MODULE-FILE MODULE-STRING]...]
	KERNEL is a multiboot 1 or 2 kernel, whose command line begins with its file's name, as
	the specification shows it, and each module of which is loaded with its string as it
	stands (the name first, if it is to have one); or a Linux bzImage, whose modules are its
	initrds and whose command line has no name.
	The image's boot menu has this one entry and starts it at once.
	END
}

fail() { echo "make-iso.sh: $*" >&2; exit 2; }

# A GRUB word in single quotes; a quote inside it ends the quoting, stands escaped, and begins it again.
quote() { printf "'%s'" "${1//\'/\'\\\'\'}"; }

case ${1:-} in --help|-h) usage; exit ;; esac
[ $# -ge 2 ] || { usage >&2; exit 2; }
kernel=$1 out=$2 arguments=${3:-}
shift $(($# < 3 ? $# : 3))
[ $(($# % 2)) -eq 0 ] || fail "a module needs a file and a string"
[ -r "$kernel" ] || fail "cannot read the kernel '$kernel'"
command -v grub-mkimage > /dev/null && command -v xorriso > /dev/null ||
	fail "grub-mkimage or xorriso is missing: run experiments/setup/setup.sh"

# Every date in the image is this one, so that nothing but the content decides its bytes.
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-1262304000}
work=$(mktemp -d) fresh=$out.new$$
trap 'rm -rf "$work" "$fresh"' EXIT
stage=$work/stage
mkdir -p "$stage/boot"

# GRUB's words for one string, each quoted. Splitting at blanks is what the boot protocol does too.
words() { local word; for word in $1; do printf ' %s' "$(quote "$word")"; done; }
set -f

# --nounzip: a compressed initrd must reach the kernel as it is.
loader=linux load= name=
if grub-file --is-x86-multiboot "$kernel"; then
	loader=multiboot load="module --nounzip"
elif grub-file --is-x86-multiboot2 "$kernel"; then
	loader=multiboot2 load="module2 --nounzip"
fi
[ $loader = linux ] || name=$(basename "$kernel")

cp "$kernel" "$stage/boot/kernel"
{
	# Found by name, so that the image also boots when it was written to a disk.
	echo "search.file /boot/kernel root"
	echo "$loader /boot/kernel$(words "$name $arguments")"
	number=0 initrds=
	while [ $# -gt 0 ]; do
		[ -r "$1" ] || fail "cannot read the module '$1'"
		cp "$1" "$stage/boot/module$number"
		if [ $loader = linux ]; then
			initrds="$initrds /boot/module$number"
		else
			echo "$load /boot/module$number$(words "$2")"
		fi
		number=$((number + 1))
		shift 2
	done
	# A second "initrd" would replace the first.
	[ -z "$initrds" ] || echo "initrd$initrds"
	echo boot
} > "$work/grub.cfg"

# The configuration is part of GRUB's core, which runs it at once: no menu, no module to load from
# the emulated CD, no graphics.
grub=${GRUB_DIRECTORY:-/usr/lib/grub/i386-pc}
[ -e "$grub/$loader.mod" ] || fail "GRUB's PC modules are missing: run experiments/setup/setup.sh"
grub-mkimage -O i386-pc-eltorito -d "$grub" -p /boot/grub -c "$work/grub.cfg" \
	-o "$stage/boot/grub.img" biosdisk iso9660 part_msdos $loader boot search_fs_file

# The volume's dates and identifier are given and the files' times follow them.
date=$(date -u -d "@$SOURCE_DATE_EPOCH" +%Y%m%d%H%M%S)00
xorriso -as mkisofs -quiet -R -V TESTUDO --modification-date="$date" --set_all_file_dates "$date" \
	-b boot/grub.img -no-emul-boot -boot-load-size 4 -boot-info-table \
	--grub2-boot-info --grub2-mbr "$grub/boot_hybrid.img" \
	-o "$fresh" "$stage" > "$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }
mv "$fresh" "$out"
