#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# vmlinux.sh BZIMAGE: the ELF kernel that a bzImage carries, to stdout.
# Booted as it is, it spares its guest the decompression. Where it lies in the file: the header fields
# setup_sects (1f1H), payload_offset (248H) and payload_length (24cH), Documentation/x86/boot.rst.
set -euo pipefail

image=$1
field() { od -An -j $(($1)) -N "$2" -t "u$2" "$image" | tr -d ' '; }

start=$((($(field 0x1f1 1) + 1) * 512 + $(field 0x248 4)))
# The payload ends in four bytes of its unpacked size, which xz would take for a damaged stream.
length=$(($(field 0x24c 4) - 4))
dd if="$image" iflag=skip_bytes,count_bytes skip=$start count=$length bs=64K status=none | xz -dc
