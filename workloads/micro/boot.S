// SPDX-License-Identifier: Apache-2.0
// From the multiboot 1 entry state (32-bit, flat, no paging, EAX magic, EBX information) to
// 64-bit C: memory below 4 GiB is mapped to itself by 2 MiB pages, the last GiB of it uncached
// because the APICs are there. CPUs that are started by a SIPI come the same way (cpus.c).

#define MULTIBOOT_MAGIC	0x1BADB002
#define MULTIBOOT_FLAGS	3		// modules page-aligned, memory information wanted

#define PRESENT_WRITE	0x03
#define LARGE		0x80
#define UNCACHED	0x18
#define CR0_PE_MP_NE_WP_PG	0x80010023
#define CR4_PAE		0x20
#define MSR_EFER	0xC0000080
#define EFER_LME	0x100
#define CODE64		0x08
#define DATA		0x10
#define CODE32		0x18
#define CR0_PE		0x01

	.section .multiboot, "a"
	.balign	4
	.long	MULTIBOOT_MAGIC
	.long	MULTIBOOT_FLAGS
	.long	-(MULTIBOOT_MAGIC + MULTIBOOT_FLAGS)

	.text
	.code32
	.globl	_start
_start:
	cli
	cld
	mov	$stack_top, %esp
	mov	%eax, %ebp
	mov	$micro_main, %esi

	movl	$pdpt + PRESENT_WRITE, pml4
	mov	$pdpt, %edi
	mov	$pd + PRESENT_WRITE, %eax
	mov	$4, %ecx
1:	mov	%eax, (%edi)
	add	$0x1000, %eax
	add	$8, %edi
	loop	1b

	// 2048 large pages: the sum wraps exactly after the last one.
	mov	$pd, %edi
	mov	$PRESENT_WRITE | LARGE, %eax
2:	mov	%eax, (%edi)
	add	$8, %edi
	add	$0x200000, %eax
	jnc	2b
	mov	$512, %ecx
3:	sub	$8, %edi
	orb	$UNCACHED, (%edi)
	loop	3b

	mov	$pml4, %edi
	// SDM vol. 3, "Initializing IA-32e Mode": PAE, CR3 (EDI), LME, then PG; then ESI is called.
long_mode:
	mov	%cr4, %eax
	or	$CR4_PAE, %eax
	mov	%eax, %cr4
	mov	%edi, %cr3
	mov	$MSR_EFER, %ecx
	rdmsr
	or	$EFER_LME, %eax
	wrmsr
	mov	%cr0, %eax
	or	$CR0_PE_MP_NE_WP_PG, %eax
	and	$~0x60000000, %eax	// CD, NW
	mov	%eax, %cr0
	lgdt	gdt_pointer
	ljmp	$CODE64, $start64

	.code64
start64:
	mov	$DATA, %eax
	mov	%eax, %ds
	mov	%eax, %es
	mov	%eax, %ss
	xor	%eax, %eax
	mov	%eax, %fs
	mov	%eax, %gs
	mov	%esi, %eax
	mov	%ebp, %edi
	mov	%ebx, %esi
	xor	%ebp, %ebp
	call	*%rax
4:	cli
	hlt
	jmp	4b

// A started CPU, in real mode in a copy of this at a page below 1 MiB.
	.code16
	.globl	trampoline, trampoline_end
trampoline:
	cli
	mov	%cs, %ax
	mov	%ax, %ds
	lgdtl	trampoline_gdt - trampoline
	mov	%cr0, %eax
	or	$CR0_PE, %eax
	mov	%eax, %cr0
	ljmpl	$CODE32, $started
	.balign	4
trampoline_gdt:
	.word	gdt_end - gdt - 1
	.long	gdt
trampoline_end:

	.code32
started:
	mov	$DATA, %eax
	mov	%eax, %ds
	mov	%eax, %es
	mov	%eax, %ss
	cld
	mov	$stack_top, %esp
	mov	start_tables, %edi
	mov	start_number, %ebp
	mov	$cpus_serve, %esi
	jmp	long_mode

	.section .rodata
	.balign	8
gdt:	.quad	0
	.quad	0x00af9b000000ffff	// CODE64
	.quad	0x00cf93000000ffff	// DATA
	.quad	0x00cf9b000000ffff	// CODE32
gdt_end:
gdt_pointer:
	.word	gdt_end - gdt - 1
	.long	gdt
	.long	0

	.section .bss.percpu, "aw", @nobits
	.balign	4096
	.globl	pml4, pdpt, pd
pml4:	.skip	4096
pdpt:	.skip	4096
pd:	.skip	4 * 4096
	.skip	16384
stack_top:

	.section .note.GNU-stack, "", @progbits
