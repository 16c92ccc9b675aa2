// SPDX-License-Identifier: Apache-2.0
/*
 * The world switch. HOST_RSP points just above vcpu.regs, so the pushes fill vcpu.regs and L0's
 * stack goes on below it; vcpu_exit() gets their address.
 */
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

/* vmx_enter(regs): the first entry of a vCPU. */
	.global vmx_enter
vmx_enter:
	mov %rdi, %rsp
	registers pop rax, rcx, rdx, rbx, rbp, rbp, rsi, rdi, r8, r9, r10, r11, r12, r13, r14, r15
	vmlaunch
	jmp vmx_failed

	.section .note.GNU-stack, "", @progbits
