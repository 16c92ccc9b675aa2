// SPDX-License-Identifier: Apache-2.0
/*
 * Multiboot 1 entry (32-bit protected mode, paging off) to long mode, then boot_main() with the
 * loader's magic number and information address. Memory is mapped one to one: the first 4 GiB
 * here by 2 MiB pages, all of it by boot/paging.c once there is a place for an error.
 */
#include "boot/long_mode.inc"

#define MULTIBOOT_MAGIC 0x1badb002
#define MULTIBOOT_FLAGS 0x00000003 /* modules on page boundaries, memory information */

	.section .multiboot, "a"
	.align 4
	.long MULTIBOOT_MAGIC, MULTIBOOT_FLAGS, -(MULTIBOOT_MAGIC + MULTIBOOT_FLAGS)

	.section .start, "aw"
	.align 4096
	.global boot_pml4
boot_pml4:
	.skip 4096
boot_pdpt:
	.skip 4096
boot_pd:
	.skip 4 * 4096
boot_stack:
	.skip 16384
boot_stack_top:

	.section .rodata
	.align 8
boot_gdt:
	.quad 0
	.quad 0x00af9b000000ffff /* 64-bit code */
	.quad 0x00cf93000000ffff /* data */
boot_gdt_end:
boot_gdt_pointer:
	.word boot_gdt_end - boot_gdt - 1
	.long boot_gdt

	.section .text
	.code32
	.global _start
_start:
	cli
	cld
	mov %eax, %esi
	mov %ebx, %ebp
	mov $boot_stack_top, %esp

	/* Without CPUID leaf 80000001H or long mode there is nothing to do but stop. */
	mov $0x80000000, %eax
	cpuid
	cmp $0x80000001, %eax
	jb no_long_mode
	mov $0x80000001, %eax
	cpuid
	bt $29, %edx
	jnc no_long_mode

	movl $boot_pdpt + 3, boot_pml4
	mov $boot_pd + 3, %eax
	mov $boot_pdpt, %edi
	mov $4, %ecx
1:	mov %eax, (%edi)
	add $4096, %eax
	add $8, %edi
	loop 1b

	mov $0x83, %eax /* present, writable, 2 MiB */
	mov $boot_pd, %edi
	mov $2048, %ecx
2:	mov %eax, (%edi)
	add $0x200000, %eax
	add $8, %edi
	loop 2b

	long_mode
	lgdt boot_gdt_pointer
	ljmp $8, $long_mode

no_long_mode:
	mov $no_long_mode_text, %esi
	mov $0x3f8, %edx
3:	lodsb
	test %al, %al
	jz 4f
	outb %al, %dx
	jmp 3b
4:	hlt
	jmp 4b

	.code64
long_mode:
	mov $16, %eax
	mov %eax, %ds
	mov %eax, %es
	mov %eax, %ss
	xor %eax, %eax
	mov %eax, %fs
	mov %eax, %gs
	mov $boot_stack_top, %rsp
	mov %esi, %edi
	mov %ebp, %esi
	call boot_main
5:	hlt
	jmp 5b

	.section .rodata
no_long_mode_text:
	.asciz "testudo: this processor has no 64-bit mode\r\n"

	.section .note.GNU-stack, "", @progbits
