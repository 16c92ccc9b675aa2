/* SPDX-License-Identifier: Apache-2.0 */
/* L0's own processor state: descriptor tables, exceptions, and the host area of every VMCS. */
#ifndef HW_HOST_H
#define HW_HOST_H

#include <stdbool.h>
#include <stdint.h>

#define HOST_CS 0x08
#define HOST_DS 0x10
#define HOST_TR 0x18

struct cpu;

/* The IDT that all CPUs load: before the first host_init(). */
void host_make_idt(void);

/* GDT, TSS, IDT and GS base of this CPU, which is @c; CR0 and CR4 as VMX operation needs them. */
void host_init(struct cpu *c);

/* #DB in L0 itself goes to @entry instead of host_exception(). */
void host_debug_gate(uint64_t entry);

/* Writes the host-state area of the current VMCS; exits come in on @stack_top (SDM 25.5). */
void host_write_vmcs(uint64_t stack_top, uint64_t entry_point);

/* MSR access that may be refused: false if the processor raised #GP. */
bool rdmsr_safe(uint32_t msr, uint64_t *value);
bool wrmsr_safe(uint32_t msr, uint64_t value);
bool xsetbv_safe(uint32_t index, uint64_t value);

#endif
