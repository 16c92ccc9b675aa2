// SPDX-License-Identifier: Apache-2.0
// The header of a multiboot 2 kernel: what it asks for, a wish that may be passed over, the end.

#define MULTIBOOT2_MAGIC 0xe85250d6

	.section .multiboot, "a"
	.balign 8
header:
	.long MULTIBOOT2_MAGIC, 0, header_end - header
	.long -(MULTIBOOT2_MAGIC + (header_end - header))

	/* Information request: words, modules, memory, map, ACPI. */
	.short 1, 0
	.long 1f - . + 4
	.long 1, 3, 4, 6, 15
1:	.balign 8
	/* Module alignment. */
	.short 6, 0
	.long 8
	/* A tag that no loader knows. */
	.short 0x7777, 1
	.long 8
	.short 0, 0
	.long 8
header_end:
	.section .note.GNU-stack, "", @progbits
