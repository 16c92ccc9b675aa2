/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A driver of the VT-d unit that the DMAR table names, as the VT-d specification has it and nothing
 * else: its numbers are not those of the unit under test. A write is followed by polling, so that
 * it does not matter whether the registers trap or somebody looks at them now and then.
 */
#ifndef VTD_H
#define VTD_H

#include "guest.h"

/* 11.4 */
enum vtd_register {
	R_VER = 0x00,
	R_CAP = 0x08,
	R_ECAP = 0x10,
	R_GCMD = 0x18,
	R_GSTS = 0x1c,
	R_RTADDR = 0x20,
	R_CCMD = 0x28,
	R_FSTS = 0x34,
	R_FECTL = 0x38,
	R_FEDATA = 0x3c,
	R_FEADDR = 0x40,
	R_FEUADDR = 0x44,
	R_IQH = 0x80,
	R_IQT = 0x88,
	R_IQA = 0x90,
	R_ICS = 0x9c,
	R_IECTL = 0xa0,
	R_IEDATA = 0xa4,
	R_IEADDR = 0xa8,
	R_IEUADDR = 0xac,
	R_IQERCD = 0xb0,
	R_IRTA = 0xb8,
};

/* Of GCMD and GSTS. */
#define G_TE    BIT(31)
#define G_SRTP  BIT(30)
#define G_QIE   BIT(26)
#define G_IRE   BIT(25)
#define G_SIRTP BIT(24)
#define G_CFI   BIT(23)
#define G_STAYS (G_TE | G_QIE | G_IRE | G_CFI)

#define F_PFO BIT(0)
#define F_PPF BIT(1)
#define F_IQE BIT(4)
/* All that a driver may see set; above them a unit may have reserved bits. */
#define F_ALL BITS(6, 0)

#define EVENT_MASKED  BIT(31)
#define EVENT_PENDING BIT(30)

/* Context entries: types, and widths by their levels. */
#define CONTEXT_PASS      (2ULL << 2)
#define CONTEXT_FPD       BIT(1)
#define CONTEXT_LEVELS(n) ((uint64_t)(n)-2)
#define CONTEXT_DID(n)    ((uint64_t)(n) << 8)

/* Paging entries. */
#define S_R    BIT(0)
#define S_W    BIT(1)
#define S_RW   (S_R | S_W)
#define S_PAGE BIT(7) /* a leaf above level 1 */

/* Why something was blocked: table "Fault Reason Encodings". */
enum vtd_reason {
	V_ROOT_ABSENT = 0x1,
	V_CONTEXT_ABSENT,
	V_CONTEXT_INVALID,
	V_BEYOND,
	V_WRITE,
	V_READ,
	V_TABLE_ACCESS,
	V_ROOT_ACCESS,
	V_CONTEXT_ACCESS,
	V_ROOT_RESERVED,
	V_CONTEXT_RESERVED,
	V_TABLE_RESERVED,
	V_OUTPUT_INTERRUPT = 0xe,
	V_MSI_RESERVED = 0x20,
	V_MSI_INDEX,
	V_IRTE_ABSENT,
	V_IRTE_ACCESS,
	V_IRTE_RESERVED,
	V_MSI_BLOCKED,
	V_IRTE_SOURCE,
};

/* Where there is nothing: between RAM and the devices of a machine of up to 2 GiB. */
#define NOWHERE 0xb0000000ULL

extern struct vtd {
	uint64_t base, cap, ecap;
	uint32_t fault, faults, iva, iotlb; /* offsets, and how many registers record faults */
	uint32_t idle;                      /* what GCMD reads as */
	bool polled;                        /* the registers are RAM that somebody looks at */
} vtd;

uint32_t vtd_get32(uint32_t reg);
uint64_t vtd_get64(uint32_t reg);
void vtd_put32(uint32_t reg, uint32_t value);
void vtd_put64(uint32_t reg, uint64_t value);
/* Waits until these bits of a register have this value; false: they do not. */
bool vtd_until(uint32_t reg, uint64_t mask, uint64_t value);

/* Finds the unit and turns all of it off; skips the test and returns false where there is none. */
bool vtd_begin(void);
/* Turns bits of GCMD on or off, or lets a one-shot one begin, and waits until GSTS has it. */
bool vtd_command(uint64_t bits, bool on);
/* Waits until what was written to GCMD has been taken. */
bool vtd_taken(void);
void vtd_set_root(uint64_t value);

/* ---- tables ---- */

struct domain {
	uint64_t *top;
	unsigned int levels;
	uint16_t id;
};

/* The unit's root table, whose entry of bus 0 names `contexts`; vtd_tables() makes them anew. */
extern uint64_t *vtd_root, *vtd_contexts;
void vtd_tables(void);
void vtd_set_context(uint32_t source, uint64_t low, uint64_t high);
void vtd_attach(uint32_t source, const struct domain *d);

void domain_init(struct domain *d, unsigned int levels, uint16_t id);
/* The entry of `level` for an address; tables above it are made where there are none. */
uint64_t *domain_entry(struct domain *d, uint64_t iova, unsigned int level);
void domain_map(struct domain *d, uint64_t iova, uint64_t to, unsigned int level);

/*
 * The engine in a fresh domain of its own, which holds its ring one to one; translation on, queue
 * off.
 */
bool vtd_engine(struct domain *d, unsigned int levels);

/* ---- invalidation ---- */

/* By register, at 1 global, 2 domain, 3 device or page; what was done, 4: there was no answer. */
unsigned int vtd_contexts_by_register(unsigned int granularity, uint64_t what);
unsigned int vtd_iotlb_by_register(unsigned int granularity, uint16_t domain, uint64_t address);
/* All of both, by whichever way is on. */
void vtd_flush(void);

/* A queue of 256 << order descriptors; false if it cannot be turned on. */
bool vtd_queue(unsigned int order);
extern uint64_t *vtd_queue_memory;
/* Puts a descriptor at the tail, without telling of it. */
void vtd_put(uint64_t low, uint64_t high);
/* Tells the tail. */
void vtd_tell(void);
/* Tells it with a wait descriptor behind all, and waits for that: false if it is not answered. */
bool vtd_wait(void);

#define Q_CONTEXT(granularity, did, sid, fm)                                                       \
	(1ULL | (uint64_t)(granularity) << 4 | (uint64_t)(did) << 16 | (uint64_t)(sid) << 32 |     \
	 (uint64_t)(fm) << 48)
#define Q_IOTLB(granularity, did) (2ULL | (uint64_t)(granularity) << 4 | (uint64_t)(did) << 16)
#define Q_IEC                     4ULL
#define Q_WAIT_STATUS(value)      (5ULL | BIT(5) | (uint64_t)(value) << 32)
#define Q_WAIT_INTERRUPT          (5ULL | BIT(4))

/* ---- faults ---- */

struct fault {
	unsigned int reason;
	uint32_t source;
	bool read;
	uint64_t info;
};

/* The first that is recorded; takes all others away with it. False: none came. */
bool vtd_fault(struct fault *f);
/* Exactly this, of the engine's. */
void vtd_expect(const char *what, unsigned int reason, uint64_t info);
void vtd_expect_none(const char *what);
void vtd_clear_faults(void);
/* Clears F of one recording register, which counts from there on. */
bool vtd_clear_record(unsigned int n);
static inline uint32_t vtd_record(unsigned int n)
{
	return vtd.fault + 16 * (n % vtd.faults);
}

/* ---- interrupts ---- */

/* 2^(order + 1) entries, all absent; `extended`: destinations of 32 bits. */
void vtd_interrupts(unsigned int order, bool extended);
extern uint64_t *vtd_entries;
#define IRTE(vector, destination) (1ULL | (uint64_t)(vector) << 16 | (uint64_t)(destination) << 32)
#define IRTE_FPD                  BIT(1)
/* The address of a message in the remappable format, without a subhandle. */
#define MSI_HANDLE(n)                                                                              \
	(0xfee00000ULL | BIT(4) | ((uint64_t)(n)&0x7fff) << 5 | ((uint64_t)(n) >> 15 & 1) << 2)
#define MSI_SUBHANDLE BIT(3)

#endif
