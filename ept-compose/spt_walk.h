/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A walk of a guest's own page tables, which lie in its physical memory, read through EPT01 as data
 * and never trusted. Three formats: 4-level, PAE, and 32-bit with 4 MiB pages (SDM vol. 3,
 * "Paging").
 */
#ifndef SPT_WALK_H
#define SPT_WALK_H

#include <stdbool.h>
#include <stdint.h>
#include "ept_build.h"

/* Bits of an entry of any of the three formats. */
#define SPT_PTE_P         UINT64_C(0x1)
#define SPT_PTE_W         UINT64_C(0x2)
#define SPT_PTE_U         UINT64_C(0x4)
#define SPT_PTE_PWT       UINT64_C(0x8)
#define SPT_PTE_PCD       UINT64_C(0x10)
#define SPT_PTE_A         UINT64_C(0x20)
#define SPT_PTE_D         UINT64_C(0x40)
#define SPT_PTE_LARGE     UINT64_C(0x80) /* leaf, above level 1 */
#define SPT_PTE_PAT       UINT64_C(0x80) /* level 1 */
#define SPT_PTE_PAT_LARGE UINT64_C(0x1000)
#define SPT_PTE_NX        (UINT64_C(1) << 63)
#define SPT_PTE_ADDR_MASK UINT64_C(0x000ffffffffff000)

/* Page-fault error code. */
#define SPT_ERROR_P    0x1u
#define SPT_ERROR_W    0x2u
#define SPT_ERROR_U    0x4u
#define SPT_ERROR_RSVD 0x8u
#define SPT_ERROR_ID   0x10u

enum spt_mode {
	SPT_UNPAGED, /* linear addresses are physical ones, below 4 GiB */
	SPT_32,
	SPT_PAE,
	SPT_LONG,
};

/* The guest's paging registers, as the guest believes them to be. */
struct spt_registers {
	uint64_t cr3;
	uint64_t pdpte[4]; /* SPT_PAE: as loaded with CR3 */
	enum spt_mode mode;
	bool wp, pse, smep, smap, nxe;
};

static inline bool spt_same_pdptes(const uint64_t *a, const uint64_t *b)
{
	return a[0] == b[0] && a[1] == b[1] && a[2] == b[2] && a[3] == b[3];
}

/* Do they ask for the same translations? PDPTEs count where the mode has them. */
static inline bool spt_same(const struct spt_registers *a, const struct spt_registers *b)
{
	return a->cr3 == b->cr3 && a->mode == b->mode && a->wp == b->wp && a->pse == b->pse &&
	       a->smep == b->smep && a->smap == b->smap && a->nxe == b->nxe &&
	       (a->mode != SPT_PAE || spt_same_pdptes(a->pdpte, b->pdpte));
}

struct spt_caps {
	uint8_t maxphyaddr; /* 36 to 52 */
	bool page_1g;       /* of the processor, and offered to the guest */
};

/* An access that the processor has reported by a page fault. */
struct spt_access {
	uint64_t linear;
	uint32_t error; /* the processor's: its W, U and I/D bits say what was tried */
	/*
	 * A supervisor's data access to which SMAP applies: EFLAGS.AC is 0, or the access is an
	 * implicit one (CPL 3 with U clear).
	 */
	bool smap;
};

enum spt_walk_status {
	SPT_WALK_OK,
	SPT_WALK_FAULT,
	SPT_WALK_RACED, /* the guest changed an entry between its use and its update: try again */
};

/* One table on the way of a walk. */
struct spt_step {
	uint64_t table;  /* its guest-physical address */
	uint64_t entry;  /* what was used of it, as it is after the walk */
	uint64_t rights; /* SPT_PTE_W, SPT_PTE_U, SPT_PTE_NX of the way to the table */
};

#define SPT_LEVELS 4u

struct spt_walk {
	enum spt_walk_status status;
	uint32_t error;  /* SPT_WALK_FAULT: the whole error code for the guest */
	uint64_t gpa;    /* what the linear address translates to */
	unsigned shift;  /* log2 of the page's size: 12, 21, 22, 30 (32 without paging) */
	uint64_t rights; /* SPT_PTE_W, SPT_PTE_U: AND over the entries; SPT_PTE_NX: OR */
	uint64_t cache;  /* SPT_PTE_PWT, SPT_PTE_PCD and, for the page attribute table, SPT_PTE_PAT
			    of the leaf */
	bool user_page;  /* SMAP and SMEP see a user page */
	bool dirty;      /* the leaf's D, after this access */
	/* By level, from the top of the mode's tables down to the leaf; none of PDPTEs. */
	struct spt_step step[SPT_LEVELS + 1];
};

/*
 * Translates for an access. On success A is set in each entry that was used, and D in the leaf for
 * a write. A table where EPT01 has nothing readable reads as all ones, so it has reserved bits set.
 */
void spt_walk(const struct ept01 *ept01, const struct spt_caps *caps,
	      const struct spt_registers *regs, const struct spt_access *access,
	      struct spt_walk *out);

/* The entry of the guest's table at host address @table that the walk of @linear uses there. */
uint64_t spt_guest_entry(enum spt_mode mode, const void *table, uint64_t linear, unsigned level);

/* Can MOV to CR3 load these? No present one has a reserved bit (SDM vol. 3, "PDPTE Registers"). */
bool spt_pdptes_valid(const uint64_t pdpte[4], const struct spt_caps *caps);

#endif
