/* SPDX-License-Identifier: Apache-2.0 */
/*
 * L0 without EPT (mmu=shadow-on-shadow): L1 and its L2 run on shadow page tables of L0's.
 *
 * From an exit to the next entry the current VMCS shows the guest's own CR0, CR3, CR4 and EFER, so
 * that nothing else in L0 knows of this; the last step before an entry puts in their place what the
 * processor needs, and the first after an exit brings them back.
 */
#ifndef VCPU_SHADOW_PAGING_H
#define VCPU_SHADOW_PAGING_H

#include <stdbool.h>
#include <stdint.h>

#include "spt.h"

struct vcpu;
struct vmcs01_controls;
struct vmcs01_words;

/* Shadow tables of one level. */
struct shadow_level {
	struct spt spt;
	uint64_t cr4; /* its bits that flush when they change */
};

struct shadow_paging {
	bool on;
	uint64_t cr0, cr3, cr4, efer; /* the guest's, while the processor has others */
	unsigned ran;                 /* the level that ran last */
	uint16_t vpid12;              /* whose translations level[2] holds; 0: nobody's */
	uint64_t ahead;               /* linear address of L2 to be filled at its next entry */
	struct shadow_level level[3]; /* by level; [0] is unused */
};

/* Divides [@hpa, @pages) between the levels. False: no memory. */
bool shadow_paging_init(struct vcpu *v, uint64_t hpa, uint32_t pages);

/* What L0 wants of the processor in this mode, added to what it wants anyway; else nothing. */
void shadow_paging_words(const struct vcpu *v, struct vmcs01_words *words);
void shadow_paging_controls(const struct vcpu *v, struct vmcs01_controls *l0);

/* The current VMCS, which shows the guest's registers, gets those that the processor needs. */
void shadow_paging_enter(struct vcpu *v);

/* After an exit: the current VMCS shows the guest's registers again. */
void shadow_paging_leave(struct vcpu *v);

/* The paging that these registers of a guest mean. */
enum spt_mode shadow_paging_mode(uint64_t cr0, uint64_t cr4, uint64_t efer);

/* L1's INVVPID for the L2 whose translations are held: one linear address, or all. */
void shadow_paging_flush_l2(struct vcpu *v, const uint64_t *linear);

#endif
