// SPDX-License-Identifier: Apache-2.0
// The loader enters with paging off: at the physical address of what was linked elsewhere.

#define MULTIBOOT_MAGIC 0x1badb002
#define MULTIBOOT_FLAGS 0x3

	.section .multiboot, "a"
	.balign 4
	.long MULTIBOOT_MAGIC, MULTIBOOT_FLAGS, -(MULTIBOOT_MAGIC + MULTIBOOT_FLAGS)

	.text
	.globl	start
start:
	cli
	cld
	/* Any stack will do for one call: the information is the loader's, and so was its stack. */
	movl	$0x7000, %esp
	call	1f
1:	popl	%ecx
	leal	start - 1b(%ecx), %edx
	leal	stack_top - 1b(%ecx), %esp
	pushl	%edx
	pushl	%ebx
	pushl	%eax
	call	low_main
2:	hlt
	jmp	2b

	.bss
	.balign 16
	.skip	4096
stack_top:
	.section .note.GNU-stack, "", @progbits
