// SPDX-License-Identifier: Apache-2.0
/*
 * The world switch. HOST_RSP points just above vcpu.regs, so the pushes fill vcpu.regs and L0's
 * stack goes on below it; vcpu_exit() gets their address.
 */
#include "measure/charge.h"

	.macro registers operation order:vararg
	.irp r, \order
	\operation %\r
	.endr
	.endm

	.section .text
	.global vmx_exit
	.balign 64
vmx_exit:
	/* RSP only keeps the order of encodings: the guest's is in the VMCS. */
	registers push r15, r14, r13, r12, r11, r10, r9, r8, rdi, rsi, rbp, rsp, rbx, rdx, rcx, rax
	mov %rsp, %rdi
vmx_exit_saved:
	call vcpu_exit
	registers pop rax, rcx, rdx, rbx, rbp, rbp, rsi, rdi, r8, r9, r10, r11, r12, r13, r14, r15
	vmresume
vmx_failed:
	sub $128, %rsp /* the registers are still in vcpu.regs */
	mov %rsp, %rdi
	call vcpu_entry_failed /* comes back if all that is wrong is that it must be VMLAUNCH */
	registers pop rax, rcx, rdx, rbx, rbp, rbp, rsi, rdi, r8, r9, r10, r11, r12, r13, r14, r15
	vmlaunch
	jmp vmx_failed

/*
 * The same where each exit is charged (measure/charge.def): charge.ticks instructions more, to the
 * instruction. The TSC values that the counters compare with go along, so that the time is neither
 * the guest's nor L0's, but a sum of its own.
 */
	.global vmx_exit_charged, vmx_exit_charged_one_more
vmx_exit_charged_one_more:
	nop
vmx_exit_charged:
	registers push r15, r14, r13, r12, r11, r10, r9, r8, rdi, rsi, rbp, rsp, rbx, rdx, rcx, rax
	mov %rsp, %rdi
	mov CHARGE_AT_TICKS(%rdi), %rax
	mov CHARGE_AT_COUNTERS(%rdi), %rdx
	add %rax, COUNTERS_AT_LEFT(%rdx)
	add %rax, COUNTERS_AT_ENTERED(%rdx)
	add %rax, COUNTERS_AT_CHARGED(%rdx)
	mov CHARGE_AT_ROUNDS(%rdi), %rcx
1:	dec %ecx
	jnz 1b
	jmp vmx_exit_saved

/* vmx_enter(regs): the first entry of a vCPU. */
	.global vmx_enter
vmx_enter:
	mov %rdi, %rsp
	registers pop rax, rcx, rdx, rbx, rbp, rbp, rsi, rdi, r8, r9, r10, r11, r12, r13, r14, r15
	vmlaunch
	jmp vmx_failed

	.section .note.GNU-stack, "", @progbits
