// SPDX-License-Identifier: Apache-2.0
/*
 * #DB after each instruction of L0 while a profiled exit is on its way: counts the instruction that
 * comes next. No branch, so that every step takes the same time and can take it out of the TSC.
 */
#include "vcpu/profile.h"

#define FRAME_RIP    24 /* above the three registers */
#define FRAME_RFLAGS 40

	.section .text
	.global profile_step
profile_step:
	push %rax
	push %rcx
	push %rdx
	mov FRAME_RIP(%rsp), %rax
	mov %gs:CPU_PROFILE_COUNTS, %rcx
	incl (%rcx, %rax, 4)
	/* At the handler's return the stepping ends: CH is bit 8 and up of RCX, and TF is bit 8. */
	xor %ecx, %ecx
	cmp %gs:CPU_PROFILE_ENDS, %rax
	sete %ch
	xor %rcx, FRAME_RFLAGS(%rsp)
	/* The step has set BS in what is the guest's DR6. */
	mov %gs:CPU_PROFILE_DR6, %rcx
	mov %rcx, %dr6
	rdtsc
	sub $PROFILE_STEP_TICKS, %eax
	sbb $0, %edx
	mov $MSR_TSC, %ecx
	wrmsr
	pop %rdx
	pop %rcx
	pop %rax
	iretq

	.section .note.GNU-stack, "", @progbits
