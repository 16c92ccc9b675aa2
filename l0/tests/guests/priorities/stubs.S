// SPDX-License-Identifier: Apache-2.0
// Interrupts from 20H on, 16 bytes each from order_stubs on: order_handler(vector).

	.text
common:
	push	%rax
	push	%rcx
	push	%rdx
	push	%rsi
	push	%rdi
	push	%r8
	push	%r9
	push	%r10
	push	%r11
	mov	72(%rsp), %rdi
	cld
	call	order_handler
	pop	%r11
	pop	%r10
	pop	%r9
	pop	%r8
	pop	%rdi
	pop	%rsi
	pop	%rdx
	pop	%rcx
	pop	%rax
	add	$8, %rsp
	iretq

	.balign 16
	.globl	order_stubs
order_stubs:
	.set	vector, 0
	.rept	256
	.balign 16
	push	$vector
	jmp	common
	.set	vector, vector + 1
	.endr
	.section .note.GNU-stack, "", @progbits
