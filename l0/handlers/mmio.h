/* SPDX-License-Identifier: Apache-2.0 */
/* Emulation of accesses to addresses that EPT01 does not map. */
#ifndef HANDLERS_MMIO_H
#define HANDLERS_MMIO_H

#include <stdint.h>

struct vcpu;

/*
 * The guest accesses L1-physical address @gpa, where L1 has no RAM; @qual is the violation's
 * qualification. An operand of the instruction at RIP is emulated, and what L0 cannot emulate stops
 * the VM; a page table, a gate or code that lies nowhere is the fault that the processor makes of
 * it.
 */
void mmio_emulate(struct vcpu *v, uint64_t gpa, uint64_t qual);

#endif
