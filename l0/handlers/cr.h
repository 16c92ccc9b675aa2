/* SPDX-License-Identifier: Apache-2.0 */
/* Control registers of the guest that runs, L1 or L2, where L0 owns a bit. */
#ifndef HANDLERS_CR_H
#define HANDLERS_CR_H

#include <stdbool.h>
#include <stdint.h>

struct vcpu;

/* Exit qualification of a control-register access (SDM table 28-3). */
#define CR_QUAL_REGISTER(q) ((unsigned)(q)&15)
#define CR_QUAL_TYPE(q)     ((q) >> 4 & 3)
#define CR_QUAL_GPR(q)      ((unsigned)((q) >> 8) & 15)
#define CR_QUAL_LMSW(q)     ((q) >> 16 & 0xffff)
enum cr_access { CR_MOV_TO, CR_MOV_FROM, CR_CLTS, CR_LMSW };

/* MOV to CR0 or CR4 with all its consequences and checks (SDM vol. 2, MOV). False: #GP. */
bool cr_set_cr0(struct vcpu *v, uint64_t value);
bool cr_set_cr4(struct vcpu *v, uint64_t value);

/* What the guest that runs reads from them. */
uint64_t cr_get_cr0(void);
uint64_t cr_get_cr4(void);

/* A CR-access exit that is L0's to answer. */
void cr_exit(struct vcpu *v);

/* Reads the PDPTEs of a PAE guest into the current VMCS. False: one has a reserved bit set. */
bool cr_load_pdptes(struct vcpu *v, uint64_t cr3);

/* handlers/shadow_exits.c: MOV to CR3 by the level that runs, without EPT; false: #GP. */
bool cr_load_shadowed_cr3(struct vcpu *v, uint64_t value);

#endif
