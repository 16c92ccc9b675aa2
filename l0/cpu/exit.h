/* SPDX-License-Identifier: Apache-2.0 */
/* Handlers of exits that L0 answers, for L1 and, where the route says so, for L2. */
#ifndef CPU_EXIT_H
#define CPU_EXIT_H

#include <stdbool.h>
#include <stdint.h>

struct regs;
struct vcpu;

typedef void (*exit_handler)(struct vcpu *v);

/* CPUID leaves that every level may use to mark a measurement (design: "Measuring"). */
#define MARKER_LEAF 0x54530000u
enum marker { MARKER_IDENTIFY, MARKER_BEGIN, MARKER_END, MARKER_COUNT };

/* Does what the marker says and sets the registers; false if there is no such marker. */
bool exit_marker(struct vcpu *v, uint32_t op);

/* Called by exit.S with the guest's registers saved. */
void vcpu_exit(struct regs *regs);

/*
 * The same after an entry that failed with an error number: comes back if the VMCS has only to be
 * launched instead of resumed, and ends the VM otherwise.
 */
void vcpu_entry_failed(struct regs *regs);

/* By exit.S. The first entry of a vCPU; does not come back. */
_Noreturn void vmx_enter(struct regs *regs);

void exit_external_interrupt(struct vcpu *v);
void exit_exception(struct vcpu *v);
void exit_cpuid(struct vcpu *v);
void exit_rdmsr(struct vcpu *v);
void exit_wrmsr(struct vcpu *v);
void exit_rdpmc(struct vcpu *v);
void exit_undefined(struct vcpu *v);   /* #UD */
void exit_window(struct vcpu *v);      /* nothing: the entry path does it */
void exit_unsupported(struct vcpu *v); /* stops the VM with a line */
void exit_io(struct vcpu *v);          /* cpu/io_exit.c */
void exit_mmio(struct vcpu *v);        /* cpu/mmio.c */

#endif
