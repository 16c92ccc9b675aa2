// SPDX-License-Identifier: Apache-2.0
// Where a started processor begins: real mode at SMP_START, then the tables of the first one.
#include "long_mode.inc"

	.text
	.globl	smp_trampoline, smp_trampoline_end
	.code16
smp_trampoline:
	cli
	mov	%cs, %ax
	mov	%ax, %ds
	lgdtl	smp_gdtr - smp_trampoline
	mov	%cr0, %eax
	or	$1, %eax
	mov	%eax, %cr0
	ljmpl	$0x18, $smp_start32
	.balign 4
smp_gdtr:
	.word	12 * 8 - 1		/* all of the table in boot.S */
	.long	gdt
smp_trampoline_end:

	.code32
smp_start32:
	movl	$0x10, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %ss
	long_mode
	ljmp	$0x08, $smp_start64

	.code64
smp_start64:
	movl	$1, %eax
	cpuid
	shrl	$24, %ebx		/* the initial APIC identifier */
	movl	%ebx, %eax
	shll	$14, %eax		/* a stack of 16 KiB each */
	leaq	smp_stacks + 0x4000(%rax), %rsp
	xorl	%ebp, %ebp
	movl	%ebx, %edi
	call	smp_main
1:	cli
	hlt
	jmp	1b

	.bss
	.balign 16
smp_stacks:
	.skip	16 * 0x4000
	.section .note.GNU-stack, "", @progbits
