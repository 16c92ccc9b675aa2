/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shadow page tables: what a processor without EPT runs a guest on. They map the guest's linear
 * addresses to host-physical ones, and are filled one leaf at a time, on page faults.
 *
 *	linear -- the guest's page tables --> guest-physical -- EPT01, as data --> host-physical
 *	   |                                                                            |
 *	   +------------------------------ shadow page tables --------------------------+
 *
 * They are a large translation-lookaside buffer and nothing else: an entry stays until the guest
 *does what flushes it on a processor (INVLPG, a load of CR3, a change of CR0 or CR4 that flushes,
 * INVVPID), so the guest's tables need no write protection. Accessed and dirty flags are kept in
 *the guest's tables as the processor would.
 */
#ifndef SPT_H
#define SPT_H

#include <stdbool.h>
#include <stdint.h>
#include "ept_build.h"
#include "ept_pool.h"
#include "spt_walk.h"

/* A root and the three tables below it. */
#define SPT_MIN_PAGES  5u
#define SPT_ROOT_MARKS 16u

/* Since spt_init(). */
struct spt_stats {
	uint64_t filled;    /* entries that were absent */
	uint64_t replaced;  /* that changed */
	uint64_t unchanged; /* that already were as they had to be */
	uint64_t raced;     /* the guest changed its tables under the walk */
	uint64_t evicted;   /* all dropped for want of pages */
	uint64_t dropped;   /* all dropped because the guest flushed, or changed its registers */
};

struct spt {
	struct ept_pool pool;
	struct ept_pages pages; /* all tables but the root */
	uint64_t root;          /* hpa, below 4 GiB: for CR3 in every mode */
	struct spt_caps caps;
	struct spt_registers regs; /* whose translations these are */
	/* Something that the processor may have cached is gone: INVVPID before the next entry. */
	bool flush;
	uint16_t marks; /* root entries in use; more than there is room for: all */
	uint16_t mark[SPT_ROOT_MARKS];
	struct spt_stats stats;
};

enum spt_verdict {
	SPT_FILLED, /* resume: the guest tries again */
	SPT_FAULT,  /* the guest's own page fault, with spt_fault.error */
	SPT_OWN,    /* no RAM at spt_fault.gpa, or not writable: L0 emulates the access */
};

struct spt_fault {
	uint32_t error;
	uint64_t gpa;
};

/*
 * Takes over a region for all tables. It lies below 4 GiB, because CR3 has 32 bits without IA-32e
 * mode. EPT_EINVAL if it does not, or is under SPT_MIN_PAGES and the pool's links.
 */
int spt_init(struct spt *spt, uint64_t hpa, uint32_t pages, const struct spt_caps *caps);

/*
 * What the guest's registers are now; whatever they change drops all translations. A guest with
 * EFER.LMA runs on four levels, all others on PAE tables with the root as page-directory-pointer
 * table: CR4.PAE must then be on in the processor, and CR0.PG and CR0.WP always.
 */
void spt_load(struct spt *spt, const struct spt_registers *regs);

/*
 * Answers a page fault. The root does not move; the error code is complete. Where a supervisor may
 * write a read-only page because CR0.WP is off, the page becomes the supervisor's alone until a
 * user touches it (and not executable under SMEP, for which EFER.NXE must be on in the processor).
 */
enum spt_verdict spt_fill(struct spt *spt, const struct ept01 *ept01,
			  const struct spt_access *access, struct spt_fault *out);

/* INVLPG: the page at this address, of whatever size the guest has mapped there. */
void spt_invalidate(struct spt *spt, uint64_t linear);

/* Every translation; EPT01 changed, or the guest flushed. */
void spt_drop(struct spt *spt);

#endif
