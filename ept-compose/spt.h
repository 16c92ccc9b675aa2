/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shadow page tables: what a processor without EPT runs a guest on. They map the guest's linear
 * addresses to host-physical ones, and are filled one leaf at a time, on page faults.
 *
 *	linear -- the guest's page tables --> guest-physical -- EPT01, as data --> host-physical
 *	   |                                                                            |
 *	   +------------------------------ shadow page tables --------------------------+
 *
 * To the guest they are a translation-lookaside buffer: an entry stays until the guest does what
 * flushes it on a processor (INVLPG, a load of CR3, a change of CR0 or CR4 that flushes, INVVPID),
 * so its tables need no write protection, and no write to them costs an exit. A flush does not drop
 * what has been filled: the roots of the address spaces used last stay, and a load of CR3 brings
 * the one that it loads into line, entry by entry, with what the guest's tables now say:
 *
 *	CR3, mode, flags --> root of A   root of B      one for each address space,
 *	                        |    \  /     |         found by the guest's registers
 *	                    own part shared  own part   spt_table.h: the same table of the guest,
 *	                            (kernel)            the same linear address, registers and
 *	                                                rights are the same shadow table
 *
 * So the work of a flush is a few ticks for each entry that is in use, instead of an exit for each.
 * Accessed and dirty flags are kept in the guest's tables as the processor would: an entry of
 * which the guest has cleared one is out of line, and is filled again when it is used.
 */
#ifndef SPT_H
#define SPT_H

#include <stdbool.h>
#include <stdint.h>
#include "ept_build.h"
#include "ept_pool.h"
#include "spt_walk.h"

#define SPT_ROOTS   16u
#define SPT_BUCKETS 512u
/* A root and the three tables below it, of two pages each; descriptors and links. */
#define SPT_MIN_PAGES 10u

/* Since spt_init(). */
struct spt_stats {
	uint64_t filled;    /* entries that were absent */
	uint64_t replaced;  /* that changed */
	uint64_t unchanged; /* that already were as they had to be */
	uint64_t raced;     /* the guest changed its tables under the walk */
	uint64_t stale;     /* entries taken out because the guest had changed its own */
	uint64_t made;      /* roots */
	uint64_t reused;    /* roots that a load found, or a flush brought into line */
	uint64_t evicted;   /* roots dropped for want of pages, or of a place */
};

/* An address space of the guest's, and its tables. */
struct spt_root {
	struct spt_registers regs;
	uint64_t hpa;  /* 0: none */
	uint64_t used; /* when last, by spt.loads */
};

struct spt_table;

struct spt {
	struct ept_pool pool;
	struct ept_pages pages;
	struct spt_table *tables;     /* one for each page of the pool */
	uint32_t bucket[SPT_BUCKETS]; /* of the hash over their keys: page numbers */
	struct spt_root roots[SPT_ROOTS];
	struct spt_root *now; /* of the address space that runs; NULL: none is loaded */
	uint64_t root;        /* its hpa, below 4 GiB: for CR3 in every mode */
	struct spt_caps caps;
	struct spt_registers regs; /* its registers */
	uint64_t loads;
	uint32_t counts;
	bool stale; /* the guest flushed: spt_load() has work to do */
	/* Something that the processor may have cached is gone: INVVPID before the next entry. */
	bool flush;
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
 * mode. EPT_EINVAL if it does not, or is under SPT_MIN_PAGES. Before the guest runs comes
 * spt_load().
 */
int spt_init(struct spt *spt, uint64_t hpa, uint32_t pages, const struct spt_caps *caps);

/* Of spt_load(): other registers, or a flush. */
void spt_reload(struct spt *spt, const struct ept01 *ept01, const struct spt_registers *regs);

/*
 * What the guest's registers are now, before each entry: spt->root is the one to run on. With other
 * registers, or after spt_flush(), all translations are those of the guest's tables as they are.
 * A guest with EFER.LMA runs on four levels, all others on PAE tables with the root as
 * page-directory-pointer table: CR4.PAE must then be on in the processor, and CR0.PG and CR0.WP
 * always.
 */
static inline void spt_load(struct spt *spt, const struct ept01 *ept01,
			    const struct spt_registers *regs)
{
	if (!spt->now || spt->stale || !spt_same(&spt->regs, regs))
		spt_reload(spt, ept01, regs);
}

/*
 * Answers a page fault on the root that is loaded; the error code is complete. Where a supervisor
 * may write a read-only page because CR0.WP is off, the page becomes the supervisor's alone until a
 * user touches it (and not executable under SMEP, for which EFER.NXE must be on in the processor).
 */
enum spt_verdict spt_fill(struct spt *spt, const struct ept01 *ept01,
			  const struct spt_access *access, struct spt_fault *out);

/* INVLPG: the page at this address, of whatever size the guest has mapped there. */
void spt_invalidate(struct spt *spt, uint64_t linear);

/* The guest flushed: the next spt_load() brings its translations into line. */
static inline void spt_flush(struct spt *spt)
{
	spt->stale = true;
}

/* Forgets everything, since EPT01 changed. Before the guest runs again comes spt_load(). */
void spt_drop(struct spt *spt);

/* Pages of the pool that tables of some root have; what is neither these nor free is lost. */
uint32_t spt_pages_used(struct spt *spt);

#endif
