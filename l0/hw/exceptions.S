// SPDX-License-Identifier: Apache-2.0
/* Entries for exceptions and NMIs while L0 itself runs: a uniform frame for host_exception(). */
#define ERROR_CODES 0x60227d00 /* vectors that push one: 8, 10 to 14, 17, 21, 29, 30 */

	.section .rodata
	.global exception_entry
	.balign 8
exception_entry:
	.section .text
	.set vector, 0
	.rept 32
	.pushsection .rodata
	.quad 1f
	.popsection
1:
	.if ((ERROR_CODES >> vector) & 1) == 0
	push $0
	.endif
	push $vector
	jmp exception_common
	.set vector, vector + 1
	.endr

	.macro registers operation order:vararg
	.irp r, \order
	\operation %\r
	.endr
	.endm

exception_common:
	registers push r11, r10, r9, r8, rdi, rsi, rdx, rcx, rax
	lea 72(%rsp), %rdi
	call host_exception
	registers pop rax, rcx, rdx, rsi, rdi, r8, r9, r10, r11
	add $16, %rsp
	iretq

	.section .note.GNU-stack, "", @progbits
