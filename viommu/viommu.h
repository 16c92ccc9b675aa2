/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One VT-d unit of one machine: its registers, its queue, its tables, and what they say of a
 * device's DMA and interrupts. It covers all of PCI segment 0.
 *
 *	driver --- registers, or the RAM page that stands for them ---> unit <--- tables in L1's RAM
 *	device --- DMA: source-id, IOVA ---> viommu_translate() ---> host address, or a fault
 *	device --- MSI: source-id, address, data ---> viommu_remap_msi() ---> interrupt, or a fault
 *
 * Locking: the caller holds one lock of its own around every call on a unit, and around what a
 * device does with a host address that viommu_translate() has given it. Then an invalidation is
 * complete when its wait descriptor is answered: no device is still under way. Only
 * viommu_page_changed() needs no lock. A device that keeps a translation longer compares
 * viommu.epoch before each use, under the lock.
 */
#ifndef VIOMMU_H
#define VIOMMU_H

#include <stdbool.h>
#include <stdint.h>
#include "ept_build.h"
#include "ept_pool.h"
#include "vtd.h"

#define VIOMMU_WORDS      64u /* of 8 bytes: where registers are */
#define VIOMMU_FAULTS_MAX 15u /* fault recording registers */
#define VIOMMU_DOMAINS    32u /* composed tables at a time */
#define VIOMMU_CONTEXTS   64u /* context entries that are remembered; a power of two */
#define VIOMMU_WINDOWS    16u /* pages of EPT01 that are remembered; a power of two */
#define VIOMMU_SETS       64u /* of domains, by their identifiers; a power of two */
#define VIOMMU_RECENT     64u /* translations that are remembered; a power of two */
#define VIOMMU_REASONS    0x29u
#define VIOMMU_DEAD_PAGES 25u /* of the pool, for 4,096 torn-down translations */
/* A fill needs a root and the tables below it. */
#define VIOMMU_FILL_PAGES 4u
/* The smallest pool that viommu_init() takes, without teardown; a useful one has a page for each
 * 2 MiB that is mapped. */
#define VIOMMU_MIN_PAGES (1u + VIOMMU_FILL_PAGES)

/* In GCMD of a register page while it waits for a command: reserved bits, which no driver sets. */
#define VIOMMU_GCMD_IDLE VTD_GCMD_RSVD
/* In FSTS and ICS of a register page while they have a bit that writing 1 clears: with it, a driver
 * that writes exactly this bit is seen. */
#define VIOMMU_PAGE_TAG 0x80000000u

enum viommu_fault_reason {
#define X(name, reason, qualified, text) VIOMMU_FAULT_##name = (reason),
#include "faults.def"
#undef X
};

/* What is offered to L1. */
struct viommu_config {
	bool agaw_39, agaw_48; /* second-level tables of 3 and of 4 levels */
	bool page_2m, page_1g;
	bool pass_through;
	bool caching_mode;
	bool queued; /* invalidation */
	bool remapping;
	bool eim;            /* 32-bit destinations; needs remapping */
	bool posting;        /* the posted format of entries; needs remapping */
	bool snoop;          /* SNP in paging entries */
	uint8_t mgaw;        /* bits of a DMA address: 30 to 48 */
	uint8_t haw;         /* bits of an address of L1's memory: 32 to 52 */
	uint8_t domain_bits; /* 4, 6, ... 16 */
	uint8_t max_am;      /* pages of one page-selective invalidation, log2: 0 to 18 */
	uint8_t fault_registers;
	uint32_t run_limit;   /* descriptors that one trapped write works off */
	uint32_t eager_pages; /* with caching mode: filled for each page-selective invalidation */
	uint32_t teardown_entries; /* dead translations that are kept; 0: strict */
	uint64_t teardown_ticks;   /* and for how long */
};

/* Since viommu_init(). By granularity: global, domain, device or page; 0 those that were refused.
 */
struct viommu_stats {
	uint64_t translated, passed;   /* by tables; pass-through, or translation off */
	uint64_t filled[4];            /* leaves by level, 1 to 3 */
	uint64_t mapped, mapped_most;  /* pages of 4 KiB in composed tables: now, at the most */
	uint64_t aborted;              /* L1's tables allow it, but its memory has nothing there */
	uint64_t context[4], iotlb[4]; /* invalidations */
	uint64_t iec, waits, device_tlb;
	uint64_t descriptors, queue_errors;
	uint64_t dropped;           /* leaves and tables taken out by them, in pages of 4 KiB */
	uint64_t recycled, evicted; /* domains, for want of a slot or of pages */
	uint64_t fault[VIOMMU_REASONS];
	uint64_t recorded, lost; /* faults: in a register; for want of one */
	uint64_t events;         /* messages of the unit's own */
	uint64_t remapped;       /* interrupts, with those that were posted */
	uint64_t posted, notified;
	uint64_t kept, reused, stale, expired; /* teardown: dead translations */
};

/* The composed tables for what a context entry names. */
struct viommu_domain {
	uint64_t table; /* L1's */
	uint64_t root;  /* hpa; 0: nothing is composed */
	uint64_t used;  /* when last */
	uint64_t mapped;
	uint64_t *near;     /* the entry used last that points to a table of level 1, or NULL */
	uint64_t near_iova; /* an address that it translates */
	struct ept_pages pages;
	uint32_t life; /* counts the times that all was dropped */
	uint16_t did;
	uint8_t levels; /* 0: free */
};

/* A page of EPT01: L1's addresses in it, plus base, are the host's. Its own size is a power of two,
 * for the sake of its place among the others. */
struct viommu_window {
	uint64_t l1, base;
	unsigned shift; /* log2 of its size */
	uint64_t rights;
};

/* A context entry as it was read. */
struct viommu_context {
	uint64_t table;
	uint16_t source, did;
	uint8_t levels;
	uint8_t domain; /* where its domain was last */
	bool valid, pass, fpd;
};

/* A translation that was used, good for its epoch. */
struct viommu_recent {
	uint64_t iova, epoch;
	uint64_t base; /* host address of the page */
	uint16_t source;
	uint8_t shift;  /* log2 of its size */
	uint8_t rights; /* VTD_PTE_R, VTD_PTE_W */
};

struct viommu {
	struct viommu_config config;
	const struct ept01 *ept01;
	struct ept_pool pool;
	uint64_t reg[VIOMMU_WORDS];   /* as the driver reads them */
	uint64_t shown[VIOMMU_WORDS]; /* what the register page was last seen to hold */
	uint64_t words;               /* which there are: a bit for each */
	uint64_t dirty;               /* which are not yet as they should be in the page */
	uint64_t root, irta;          /* as latched by SRTP and SIRTP */
	uint64_t reserved[5][2];      /* paging entries: by level, and for leaves */
	uint32_t fault_next;
	bool paged;                     /* the registers are a page */
	bool fault_due, completion_due; /* events, once the page shows their cause */
	uint64_t epoch;                 /* counts the times that a translation may be gone */
	uint64_t clock;
	struct viommu_domain domain[VIOMMU_DOMAINS];
	uint32_t domains;               /* slots that have been in use, from the first on */
	uint32_t with_did[VIOMMU_SETS]; /* the domains with such an identifier: a bit for each */
	struct viommu_context context[VIOMMU_CONTEXTS];
	struct viommu_recent recent[VIOMMU_RECENT];
	struct viommu_window window[VIOMMU_WINDOWS]; /* of L1's memory: viommu_mem.h */
	struct {
		uint64_t page[VIOMMU_DEAD_PAGES]; /* hpa */
		uint32_t first, count;
	} dead;
	struct viommu_stats stats;
};

/*
 * A unit after power-on. @ept01 is the machine's memory as its devices may reach it: what is there
 * as write-back is RAM. The pool is [pool_hpa, + pool_pages of 4 KiB), never shared. EPT_EINVAL if
 * the configuration is impossible or the pool too small.
 */
int viommu_init(struct viommu *u, const struct viommu_config *config, const struct ept01 *ept01,
		uint64_t pool_hpa, uint32_t pool_pages);

/* Power-on state; configuration, pool and counters stay. */
void viommu_reset(struct viommu *u);

/*
 * The driver's accesses, when they trap. @offset is from the unit's register base; size 4 or 8,
 * aligned; all others, and places without a register, read 0 and ignore writes. A write works off
 * at most run_limit descriptors: where viommu_pending() is then true, viommu_run() must follow.
 */
uint64_t viommu_read(const struct viommu *u, uint32_t offset, unsigned size);
void viommu_write(struct viommu *u, uint32_t offset, unsigned size, uint64_t value);

/* Does the queue hold work that nothing but time keeps from being done? */
bool viommu_pending(const struct viommu *u);

/* Works off at most @limit descriptors; how many it did. */
uint32_t viommu_run(struct viommu *u, uint32_t limit);

/*
 * The register page: 4 KiB of RAM at @page that L1 reads and writes as the registers, without an
 * exit. Written in full; before L1 has it, and again after viommu_reset().
 */
void viommu_page_init(struct viommu *u, void *page);

/* Is there work for viommu_page_poll() that L1 has caused? The polling CPU may ask without the
 * lock. */
bool viommu_page_changed(const struct viommu *u, const void *page);

/*
 * Carries out what L1 has written since the last call as viommu_write() would, works off at most
 * 2 * @limit descriptors, and writes the answers. True if there was anything to do; again at once
 * is then of use.
 */
bool viommu_page_poll(struct viommu *u, void *page, uint32_t limit);

enum viommu_verdict {
	VIOMMU_OK,
	VIOMMU_FAULT, /* blocked, and recorded as the unit does */
	VIOMMU_ABORT, /* not in the machine's memory, or not to be written: as an address nobody has
		       */
	VIOMMU_INTERRUPT, /* a write to the interrupt range: viommu_remap_msi() */
	VIOMMU_POSTED,    /* an interrupt that nobody need hear of */
};

/*
 * Where a DMA of device @source (bus 15:8, device and function 7:0) to @iova goes: *hpa, good for
 * *size bytes from there on. Both are set for VIOMMU_OK only, and lie in a frame that EPT01 maps,
 * writable for a write.
 */
enum viommu_verdict viommu_translate(struct viommu *u, uint16_t source, uint64_t iova, bool write,
				     uint64_t *hpa, uint64_t *size);

/*
 * What L1's tables in memory say at this moment of the same DMA: nothing that is composed or
 * remembered of them is asked, nothing made, recorded or counted. *hpa for VIOMMU_OK alone. At most
 * six entries are loaded. A translation that differs from it is one that an invalidation has not
 * reached yet, or of teardown.
 */
enum viommu_verdict viommu_mapped(struct viommu *u, uint16_t source, uint64_t iova, bool write,
				  uint64_t *hpa);

/* An interrupt for the machine's local APICs. */
struct viommu_interrupt {
	uint32_t destination; /* 8 bits, or 32 where L1 has set EIME */
	uint8_t vector;
	uint8_t delivery; /* SDM vol. 3, "Message Data Register": 0 fixed ... 7 ExtINT */
	bool logical, hint, level;
	bool wide; /* the destination has 32 bits */
};

/*
 * What a message (MSI, MSI-X, or of the IOAPIC) of @source becomes: VIOMMU_OK and *out, or
 * VIOMMU_FAULT. VIOMMU_ABORT: the address is none of an interrupt. One that is posted to a
 * descriptor of L1's is either VIOMMU_POSTED, with nothing to send, or *out is its notification.
 * Entries of the table are loaded at each interrupt and never kept, so an entry that L1 has changed
 * counts at once.
 */
enum viommu_verdict viommu_remap_msi(struct viommu *u, uint16_t source, uint64_t address,
				     uint32_t data, struct viommu_interrupt *out);

/*
 * Takes out dead translations that have had their time. viommu_translate() uses none that is older,
 * so this only bounds how long their pages stay counted as mapped.
 */
void viommu_expire(struct viommu *u, uint64_t now);

/* EPT01 has changed: all that was composed goes. Call it before a device runs again. */
void viommu_l1_changed(struct viommu *u);

/* The text of a fault reason, for a log; NULL for a number that is none. */
const char *viommu_fault_name(unsigned reason);

#endif
