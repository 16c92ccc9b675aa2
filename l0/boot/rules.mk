# SPDX-License-Identifier: Apache-2.0
# What the loader hands over lies at 32-bit addresses, so this test is linked low and lays out a page
# of memory there; the end of L0's image is where that memory begins.
UNIT_TESTS += boot
unit_boot_SRC := l0/boot/boot.c l0/boot/tests/boot_test.c
unit_boot_INC := l0
unit_boot_CFLAGS := -fno-pie
unit_boot_LIBS := -no-pie -Wl,--defsym=l0_end=0x20000000
