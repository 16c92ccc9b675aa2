/* SPDX-License-Identifier: Apache-2.0 */
/* From an exit to the next entry: what exit.S calls, and what it offers. */
#ifndef LOOP_EXIT_H
#define LOOP_EXIT_H

#include <stdbool.h>

struct regs;

/* Called by exit.S with the guest's registers saved. */
void vcpu_exit(struct regs *regs);

/* The same with mmu=shadow-on-shadow. */
void vcpu_exit_shadowed(struct regs *regs);

/* The same with interrupts=posted. */
void vcpu_exit_posted(struct regs *regs);

/* The same with interrupts=eli. */
void vcpu_exit_direct(struct regs *regs);

/*
 * The same after an entry that failed with an error number. True: the VMCS has only to be launched
 * instead of resumed; false: what runs next is to be resumed.
 */
bool vcpu_entry_failed(struct regs *regs);

/* By exit.S. The first entry of a vCPU; does not come back. */
_Noreturn void vmx_enter(struct regs *regs);

#endif
