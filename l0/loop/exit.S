// SPDX-License-Identifier: Apache-2.0
/*
 * The world switch. HOST_RSP points just above vcpu.regs, so the pushes fill vcpu.regs and L0's
 * stack goes on below it; vcpu_exit() gets their address.
 */
#include "measure/charge.h"
#include "vcpu/profile.h"
#include "vcpu/trace.h"

	.macro registers operation order:vararg
	.irp r, \order
	\operation %\r
	.endr
	.endm

	/*
	 * The entry points for HOST_RIP that lead to one handler. The charged ones (measure/charge.def)
	 * execute charge.ticks instructions more, to the instruction. The TSC values that the counters
	 * compare with go along, so that the time is neither the guest's nor L0's, but a sum of its own.
	 * The profiled one (measure/profile.h) steps through the handler, and its time is nobody's at all.
	 */
	.macro exit_points name, handler
	.global \name, \name\()_charged, \name\()_charged_one_more
	.global \name\()_profiled, \name\()_left
	.balign 64
\name:
	/* RSP only keeps the order of encodings: the guest's is in the VMCS. */
	registers push r15, r14, r13, r12, r11, r10, r9, r8, rdi, rsi, rbp, rsp, rbx, rdx, rcx, rax
	mov %rsp, %rdi
\name\()_saved:
	call \handler
\name\()_left:
	registers pop rax, rcx, rdx, rbx, rbp, rbp, rsi, rdi, r8, r9, r10, r11, r12, r13, r14, r15
	vmresume
	jmp vmx_failed
\name\()_charged_one_more:
	nop
\name\()_charged:
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
	jmp \name\()_saved
\name\()_profiled:
	registers push r15, r14, r13, r12, r11, r10, r9, r8, rdi, rsi, rbp, rsp, rbx, rdx, rcx, rax
	mov %rsp, %rdi
	rdtsc
	mov %eax, %ebx
	mov %edx, %ebp
	call profile_exit
	push %rax
	mov %ebx, %eax
	mov %ebp, %edx
	sub $PROFILE_EXIT_TICKS, %eax
	sbb $0, %edx
	mov $MSR_TSC, %ecx
	lea 8(%rsp), %rdi
	wrmsr
	popfq /* with TF: from the instruction after the next one on */
	jmp \name\()_saved
	.endm

	.section .text
	exit_points vmx_exit, vcpu_exit
	exit_points vmx_exit_shadowed, vcpu_exit_shadowed
	exit_points vmx_exit_posted, vcpu_exit_posted
	exit_points vmx_exit_direct, vcpu_exit_direct

	/*
	 * The traced one (vcpu/trace.h) stands before any of the others: it leaves all as it found it.
	 */
	.global vmx_exit_traced
	.balign 64
vmx_exit_traced:
	registers push r15, r14, r13, r12, r11, r10, r9, r8, rdi, rsi, rbp, rsp, rbx, rdx, rcx, rax
	mov %rsp, %rdi
	call trace_exit
	registers pop rax, rcx, rdx, rbx, rbp, rbp, rsi, rdi, r8, r9, r10, r11, r12, r13, r14, r15
	jmp *%gs:CPU_TRACE_NEXT

vmx_failed:
	sub $128, %rsp /* the registers are still in vcpu.regs */
	mov %rsp, %rdi
	call vcpu_entry_failed
	test %al, %al
	registers pop rax, rcx, rdx, rbx, rbp, rbp, rsi, rdi, r8, r9, r10, r11, r12, r13, r14, r15
	jz 1f /* POP leaves the flags alone */
	vmlaunch
	jmp vmx_failed
1:	vmresume
	jmp vmx_failed

/* vmx_enter(regs): the first entry of a vCPU. */
	.global vmx_enter
vmx_enter:
	mov %rdi, %rsp
	registers pop rax, rcx, rdx, rbx, rbp, rbp, rsi, rdi, r8, r9, r10, r11, r12, r13, r14, r15
	vmlaunch
	jmp vmx_failed

	.section .note.GNU-stack, "", @progbits
