// SPDX-License-Identifier: Apache-2.0
/*
 * Where a processor comes to after a start-up IPI: real mode, CS:IP = SMP_TRAMPOLINE, to which
 * smp.c has copied this. On to long mode by the boot page tables, which forbid nothing, then to the
 * image.
 */
#include "boot/long_mode.inc"

#define SMP_TRAMPOLINE 0x8000
#define AT(label)      (label - trampoline + SMP_TRAMPOLINE)
#define CODE32         8
#define DATA           16
#define CODE64         24

	.section .rodata
	.global trampoline, trampoline_end
	.code16
trampoline: /* struct trampoline_words of smp.c */
	jmp 1f
	.balign 8
cpu:
	.quad 0
stack:
	.quad 0
1:
	cli
	cld
	xor %ax, %ax
	mov %ax, %ds
	lgdtl AT(gdt_pointer)
	mov %cr0, %eax
	or $1, %eax /* PE */
	mov %eax, %cr0
	ljmpl $CODE32, $AT(protected)

	.code32
protected:
	mov $DATA, %eax
	mov %eax, %ds
	mov %eax, %es
	mov %eax, %ss
	long_mode
	ljmp $CODE64, $arrived

	.balign 8
gdt:
	.quad 0
	.quad 0x00cf9b000000ffff
	.quad 0x00cf93000000ffff
	.quad 0x00af9b000000ffff
gdt_pointer:
	.word gdt_pointer - gdt - 1
	.long AT(gdt)
trampoline_end:

	.section .text
	.code64
arrived:
	xor %eax, %eax
	mov %eax, %fs
	mov %eax, %gs
	mov AT(stack), %rsp
	mov AT(cpu), %rdi
	call smp_arrive

	.section .note.GNU-stack, "", @progbits
