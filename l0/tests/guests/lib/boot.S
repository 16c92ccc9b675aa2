// SPDX-License-Identifier: Apache-2.0
// From a multiboot loader to long mode: 4 GiB mapped one to one with 2 MiB pages, then main().
#include "long_mode.inc"

#define PAGE_FLAGS	0xe3		/* present, writable, accessed, dirty, 2 MiB */

	.text
	.code32
	.globl start
start:
	cli
	movl	%ebx, multiboot_info
	movl	%eax, multiboot_magic
	movl	$boot_stack_top, %esp

	/* Accessed and dirty bits are set beforehand: a walk by an L2 never needs to write. */
	movl	$pd, %edi
	movl	$PAGE_FLAGS, %eax
	movl	$2048, %ecx
1:	movl	%eax, (%edi)
	addl	$0x200000, %eax
	addl	$8, %edi
	loop	1b

	movl	$pdpt, %edi
	movl	$pd + 0x23, %eax
	movl	$4, %ecx
1:	movl	%eax, (%edi)
	addl	$0x1000, %eax
	addl	$8, %edi
	loop	1b
	movl	$pdpt + 0x23, %eax
	movl	%eax, pml4

	long_mode
	lgdt	boot_gdtr
	ljmp	$0x08, $start64

	.code64
start64:
	movl	$0x10, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %ss
	movl	%eax, %fs
	movl	%eax, %gs
	movl	$boot_stack_top, %esp
	xorl	%ebp, %ebp
	call	main
1:	hlt
	jmp	1b

	.data
	.balign 16
	/* The order of the selectors is fixed by enum selector in guest.h. */
	.globl	gdt
gdt:
	.quad 0
	.quad 0x00af9b000000ffff	/* 08 code, 64-bit */
	.quad 0x00cf93000000ffff	/* 10 data */
	.quad 0x00cf9b000000ffff	/* 18 code, 32-bit */
	.quad 0x00cff3000000ffff	/* 23 user data */
	.quad 0x00affb000000ffff	/* 2b user code, 64-bit */
	.quad 0, 0			/* 30 TSS */
	.quad 0x00009b000000ffff	/* 40 code, 16-bit */
	.quad 0x000093000000ffff	/* 48 data, 16-bit */
	.quad 0, 0			/* 50 spare, for tests */
	.globl	gdt_end
gdt_end:
boot_gdtr:
	.word gdt_end - gdt - 1
	.quad gdt
	.globl	multiboot_info, multiboot_magic
multiboot_info:
	.long 0
multiboot_magic:
	.long 0

	.bss
	.balign 4096
	.globl	pml4
pml4:	.skip 4096
	.globl	pdpt
pdpt:	.skip 4096
	.globl	pd
pd:	.skip 4 * 4096
	.skip 32768
	.globl	boot_stack_top
boot_stack_top:
	.section .note.GNU-stack, "", @progbits
