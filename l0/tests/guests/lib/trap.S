// SPDX-License-Identifier: Apache-2.0
// Interrupt and exception stubs for L1 and, with a table of their own, for L2; the catch point.

	.text
	/* struct trap_frame in trap.h is laid out by the pushes below. */
common:
	push	%rax
	push	%rcx
	push	%rdx
	push	%rbx
	push	%rbp
	push	%rsi
	push	%rdi
	push	%r8
	push	%r9
	push	%r10
	push	%r11
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	mov	%rsp, %rdi
	cld
	testl	$0x100, 120(%rsp)
	jnz	1f
	call	trap_l1
	jmp	2f
1:	call	trap_l2
2:	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%r11
	pop	%r10
	pop	%r9
	pop	%r8
	pop	%rdi
	pop	%rsi
	pop	%rbp
	pop	%rbx
	pop	%rdx
	pop	%rcx
	pop	%rax
	add	$16, %rsp
	iretq

	/* Vectors 8, 10-14, 17, 21, 29 and 30 bring an error code of their own. */
	.macro	stubs name, level
	.balign 16
	.globl	\name
\name:
	.set	vector, 0
	.rept	256
	.balign 16
	.if	vector < 32 && ((0x60227d00 >> (vector & 31)) & 1)
	.else
	push	$0
	.endif
	push	$(vector + \level)
	jmp	common
	.set	vector, vector + 1
	.endr
	.endm

	stubs	stubs_l1, 0
	stubs	stubs_l2, 0x100

	/* int try_begin(void): returns TRY_ENTERED now, and a vector if a fault comes before try_end. */
	.globl	try_begin
try_begin:
	mov	(%rsp), %rax
	mov	%rax, catch_point
	mov	%rsp, catch_point + 8
	mov	%rbx, catch_point + 16
	mov	%rbp, catch_point + 24
	mov	%r12, catch_point + 32
	mov	%r13, catch_point + 40
	mov	%r14, catch_point + 48
	mov	%r15, catch_point + 56
	movl	$1, catch_active
	mov	$-2, %eax
	ret

	/* void try_resume(int vector): leaves the exception handler for the catch point. */
	.globl	try_resume
try_resume:
	mov	%edi, %eax
	movl	$0, catch_active
	mov	catch_point + 8, %rsp
	mov	catch_point + 16, %rbx
	mov	catch_point + 24, %rbp
	mov	catch_point + 32, %r12
	mov	catch_point + 40, %r13
	mov	catch_point + 48, %r14
	mov	catch_point + 56, %r15
	mov	catch_point, %rcx
	mov	%rcx, (%rsp)
	ret

	/* void user_enter(uint64_t rip, uint64_t rsp): ring 3; only an exception comes back. */
	.globl	user_enter
user_enter:
	push	$0x23
	push	%rsi
	push	$0x2
	push	$0x2b
	push	%rdi
	iretq

	.bss
	.balign 8
	.globl	catch_active
catch_point:	.skip 64
catch_active:	.skip 4
	.section .note.GNU-stack, "", @progbits
