/* SPDX-License-Identifier: Apache-2.0 */
/* Emulation of accesses to addresses that EPT01 does not map. */
#ifndef HANDLERS_MMIO_H
#define HANDLERS_MMIO_H

#include <stdbool.h>
#include <stdint.h>

struct vcpu;
struct insn_code;

/*
 * The guest accesses L1-physical address @gpa, where L1 has no RAM; @qual is the violation's
 * qualification. An operand of the instruction at RIP is emulated; a page table, a gate or code
 * that lies nowhere is the fault that the processor makes of it. False: L0 cannot emulate the
 * instruction (*code has its bytes), and nothing has happened.
 */
bool mmio_emulate(struct vcpu *v, uint64_t gpa, uint64_t qual, struct insn_code *code);

/* The same; what L0 cannot emulate stops the VM if it is L1's, and is #UD for an L2. */
void mmio_emulate_or_end(struct vcpu *v, uint64_t gpa, uint64_t qual);

#endif
