// SPDX-License-Identifier: Apache-2.0
// A 32-bit hypervisor: out of long mode, VMX under PAE paging, one L2, and back.
	.text
	.code64
	.globl	legacy_run
legacy_run:
	push	%rbx
	push	%rbp
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	mov	%rsp, legacy_stack
	mov	%cr3, %rax
	mov	%rax, legacy_cr3
	ljmp	*legacy_down

	.code32
legacy_entry:
	movl	%cr0, %eax		/* paging off, then LME */
	andl	$0x7fffffff, %eax
	movl	%eax, %cr0
	movl	$0xc0000080, %ecx
	rdmsr
	andl	$~0x100, %eax
	wrmsr
	movl	$legacy_pdpt, %eax
	movl	%eax, %cr3
	movl	%cr0, %eax
	orl	$0x80000000, %eax
	movl	%eax, %cr0

	vmxon	vmxon_region
	jbe	legacy_back
	incl	legacy_steps
	vmptrld	legacy_vmcs
	jbe	legacy_off
	incl	legacy_steps
	movl	$0x2010, %eax		/* TSC offset: whole, then the high half */
	movl	$0x89abcdef, %ecx
	vmwrite	%ecx, %eax
	jbe	legacy_off
	vmread	%eax, legacy_values
	incl	%eax
	vmread	%eax, legacy_values + 4
	movl	$0x01234567, %ecx
	vmwrite	%ecx, %eax
	jbe	legacy_off
	vmread	%eax, %edx
	movl	%edx, legacy_values + 8
	xorl	%ecx, %ecx
	vmwrite	%ecx, %eax
	decl	%eax
	vmwrite	%ecx, %eax
	vmptrst	legacy_values + 16
	incl	legacy_steps
	vmlaunch
	movl	$0x4400, %eax		/* it failed: the error number */
	vmread	%eax, legacy_values + 12
	jmp	legacy_off

	.globl	legacy_exit
legacy_exit:
	incl	legacy_steps
	movl	$0x4402, %eax
	vmread	%eax, legacy_values + 12
legacy_off:
	vmxoff
legacy_back:
	movl	%cr0, %eax
	andl	$0x7fffffff, %eax
	movl	%eax, %cr0
	movl	legacy_cr3, %eax
	movl	%eax, %cr3
	movl	$0xc0000080, %ecx
	rdmsr
	orl	$0x100, %eax
	wrmsr
	movl	%cr0, %eax
	orl	$0x80000000, %eax
	movl	%eax, %cr0
	ljmp	$0x08, $1f

	.code64
1:	mov	legacy_stack, %rsp
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbp
	pop	%rbx
	ret

	.data
legacy_down:
	.long	legacy_entry
	.word	0x18
	.globl	legacy_vmcs, legacy_values, legacy_steps, legacy_pdpt
	.balign	32
legacy_pdpt:
	.quad	pd + 0x0001, pd + 0x1001, pd + 0x2001, pd + 0x3001
legacy_vmcs:
	.quad	0
legacy_stack:
	.quad	0
legacy_cr3:
	.quad	0
legacy_values:
	.skip	24
legacy_steps:
	.long	0
	.section .note.GNU-stack, "", @progbits
