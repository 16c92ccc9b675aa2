// SPDX-License-Identifier: Apache-2.0
// The header of a multiboot 1 kernel, which every guest has that brings no other (rules.mk).

#define MULTIBOOT_MAGIC 0x1badb002
#define MULTIBOOT_FLAGS 0x3		/* modules page-aligned, memory map wanted */

	.section .multiboot, "a"
	.balign 4
	.long MULTIBOOT_MAGIC
	.long MULTIBOOT_FLAGS
	.long -(MULTIBOOT_MAGIC + MULTIBOOT_FLAGS)
	.section .note.GNU-stack, "", @progbits
