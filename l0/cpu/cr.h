/* SPDX-License-Identifier: Apache-2.0 */
/* L1's control registers where L0 owns a bit; VMCS01 is current. */
#ifndef CPU_CR_H
#define CPU_CR_H

#include <stdbool.h>
#include <stdint.h>

struct vcpu;

/* MOV to CR0 or CR4 with all its consequences and checks (SDM vol. 2, MOV). False: #GP. */
bool cr_set_cr0(struct vcpu *v, uint64_t value);
bool cr_set_cr4(struct vcpu *v, uint64_t value);

/* What the guest that runs reads from them. */
uint64_t cr_get_cr0(void);
uint64_t cr_get_cr4(void);

/* A CR-access exit of L1. */
void cr_exit(struct vcpu *v);

/* Reads the PDPTEs of a PAE guest into the current VMCS. False: one has a reserved bit set. */
bool cr_load_pdptes(struct vcpu *v, uint64_t cr3);

#endif
