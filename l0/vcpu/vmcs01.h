/* SPDX-License-Identifier: Apache-2.0 */
/* VMCS01: what L0 runs L1 with. */
#ifndef VCPU_VMCS01_H
#define VCPU_VMCS01_H

#include <stdint.h>

struct vcpu;

/* Controls of VMCS01, adjusted to the processor; VMCS02 ORs them in. */
struct vmcs01_words {
	uint32_t pin, proc, proc2, exit, entry;
};

void vmcs01_controls(const struct vcpu *v, struct vmcs01_words *out);

/*
 * State in which L1's first instruction runs: protected mode, flat, paging off; or with cr3 not 0
 * 64-bit mode on the page tables there.
 */
struct entry_state {
	uint64_t rip, rsp;
	uint64_t rsi, rax, rbx;
	uint64_t cr3;
	uint16_t cs, ds; /* selectors that L1 finds loaded */
	uint64_t gdt, gdt_limit;
};

/* Writes all of VMCS01, which is current. */
void vmcs01_init(struct vcpu *v, const struct entry_state *entry);

/* Fields that never change in either VMCS: host state, link pointer, empty lists. */
void vmcs_write_constants(struct vcpu *v);

#endif
