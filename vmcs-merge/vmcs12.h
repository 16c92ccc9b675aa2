/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The VMCS12 page in L0's memory, its rows, and the short way from VMREAD and VMWRITE to a cell.
 * L0 copies the page in at VMPTRLD and out at VMCLEAR or replacement; between, nothing here is
 * memory that L1 can reach, so no value changes between its check and its use.
 */
#ifndef VMCS12_H
#define VMCS12_H

#include <stdbool.h>
#include <stdint.h>

#include "caps.h"
#include "vmx_bits.h"

/* VMCS_<NAME>: the encodings; VMCS_ROW_<name>: the row numbers. */
enum vmcs_field {
#define X(encoding, NAME, name, width, access, group, rule, exists) VMCS_##NAME = encoding,
#include "fields.def"
#undef X
};

enum vmcs_row_number {
#define X(encoding, NAME, name, width, access, group, rule, exists) VMCS_ROW_##name,
#include "fields.def"
#undef X
	VMCS_ROWS
};

/*
 * Dirty groups: what one part of the merge writes, or one part of the checks looks at. A bit of
 * vmcs12_cache.dirty says that L1 (or L0) changed a cell of the group since the last merge.
 */
#define VMCS_GROUPS(G)                                                                             \
	G(EXECUTION)  /* pin, processor-based controls */                                          \
	G(EXIT)       /* exit controls */                                                          \
	G(ENTRY)      /* entry controls */                                                         \
	G(EVENT)      /* event injection */                                                        \
	G(EXCEPTIONS) /* exception bitmap, page-fault mask and match */                            \
	G(CR)         /* CR0 and CR4 with masks and shadows */                                     \
	G(CR3)        /* CR3 and PDPTEs */                                                         \
	G(CR3_TARGETS)                                                                             \
	G(TSC)         /* TSC offset */                                                            \
	G(APIC)        /* virtual-APIC page and what goes with it */                               \
	G(INTERRUPTS)  /* guest interrupt status, TPR threshold: written at most entries */        \
	G(TRANSLATION) /* EPT pointer, VPID: L0 writes both */                                     \
	G(BITMAPS)     /* I/O and MSR bitmap addresses: L0 writes them */                          \
	G(LISTS)       /* MSR load and store lists: L0 does them */                                \
	G(TUNING)      /* PAUSE-loop window, XSS-exiting bitmap */                                 \
	G(TIMER)       /* preemption timer: L0 writes it */                                        \
	G(HOST)        /* host state */                                                            \
	G(RIP)         /* RIP, RSP */                                                              \
	G(RFLAGS)                                                                                  \
	G(STATE)    /* interruptibility, activity, pending debug exceptions */                     \
	G(ACCESS)   /* access rights of CS and SS */                                               \
	G(CODE)     /* the rest of CS and SS */                                                    \
	G(SEGMENTS) /* the other segments */                                                       \
	G(TABLES)   /* GDTR, IDTR */                                                               \
	G(SYSENTER)                                                                                \
	G(DEBUG) /* DR7, IA32_DEBUGCTL */                                                          \
	G(EFER)                                                                                    \
	G(PAT)                                                                                     \
	G(LINK) /* link pointer, SMM fields */                                                     \
	G(INFO) /* exit information: never dirty by L1 */

enum vmcs_group {
#define G(name) GROUP_##name,
	VMCS_GROUPS(G)
#undef G
		GROUP_COUNT
};

enum vmcs_dirty {
#define G(name) DIRTY_##name = 1 << GROUP_##name,
	VMCS_GROUPS(G)
#undef G
		DIRTY_ALL = (1 << GROUP_COUNT) - 1,
	/* Guest state that an exit leaves in VMCS02 until somebody asks (reflect.h). */
	DIRTY_RARE = DIRTY_CODE | DIRTY_SEGMENTS | DIRTY_TABLES | DIRTY_SYSENTER,
};

/* What L1 must write into the first word of a VMCS region, and what IA32_VMX_BASIC tells it. */
#define VMCS12_REVISION 0x54530001u

#define VMCS12_LINK_NONE (~0ull)

/* A VMCS region of L1, the layout is ours: one cell of 64 bits for each row, in row order. */
struct vmcs12 {
	uint32_t revision;
	uint32_t abort;    /* VMX-abort indicator, SDM 25.2 */
	uint32_t launched; /* launch state: 0 clear, 1 launched */
	uint32_t reserved;
	union {
		struct {
#define X(encoding, NAME, name, width, access, group, rule, exists) uint64_t name;
#include "fields.def"
#undef X
		};
		uint64_t cell[VMCS_ROWS];
	};
	uint8_t unused[4096 - 16 - 8 * VMCS_ROWS];
};

_Static_assert(sizeof(struct vmcs12) == 4096, "a VMCS region is one page");

/* L0's copy of the current VMCS12, and what is known about it. */
struct vmcs12_cache {
	struct vmcs12 v;
	uint32_t dirty;   /* groups changed since the last merge into VMCS02 */
	uint32_t stale;   /* groups of DIRTY_RARE whose newest values are still in VMCS02 */
	uint32_t mode;    /* what segment checks depend on, at the last check or exit (check.h) */
	bool has_options; /* L1 is offered the fields of kind OPTION in shadow.def */
	/* Registers as the last exit left them, for L1 where its exit controls load none. */
	uint64_t live_cr0;
	uint64_t live_efer;
	uint64_t live_pat;
};

/* The secondary controls as they act: all 0 unless the primary ones activate them (25.6.2). */
static inline uint32_t vmcs12_proc2(const struct vmcs12 *v)
{
	return v->proc_controls & PROC_SECONDARY ? (uint32_t)v->proc2_controls : 0;
}

/* Does the processor deliver L2's interrupts? Most often one question tells. */
static inline bool vmcs12_delivers(const struct vmcs12 *v)
{
	return (v->proc2_controls & PROC2_INTERRUPT_DELIVERY) &&
	       (v->proc_controls & PROC_SECONDARY);
}

/* What is known of one row without looking at a VMCS. */
struct vmcs_row {
	uint64_t mask; /* bits that the width keeps */
	uint32_t dirty;
	uint16_t encoding;
	uint8_t width; /* 16, 32, 64; natural width is 64 */
	uint8_t group;
	bool read_only;
	bool merged;    /* vmcs02_merge() writes it: its rule is COPY or MERGE */
	uint8_t exists; /* enum vmx_feature */
	const char *name;
};

extern const struct vmcs_row vmcs_rows[VMCS_ROWS];

/*
 * Which rows exist for one VM, by encoding (SDM table 25-21: bit 0 high half, 9:1 index, 11:10
 * type, 14:13 width); made once from its capabilities. Only 64-bit fields have a high half, which
 * has the row of the whole. A look-up is one load, for the 28 KiB that encodings take.
 */
#define VMCS_ENCODINGS 0x7000
#define VMCS_WIDTH     0x6000
#define VMCS_WIDTH_64  0x2000
struct vmcs_index {
	uint16_t entry[VMCS_ENCODINGS];
};

/*
 * An entry: the row's number in the low byte, VMCS_ROW_NONE where there is no field, and two flags
 * above, so that one comparison tells the plain fields: those of which the whole value is in the
 * cell, whatever is stale, and for VMWRITE those that can be written.
 */
#define VMCS_ROW_NONE        0xffu
#define VMCS_ENTRY_READ_ONLY 0x100u
#define VMCS_ENTRY_NOT_PLAIN 0x200u /* none, a high half, or a group of DIRTY_RARE */
#define VMCS_ENTRY_NONE      (VMCS_ENTRY_NOT_PLAIN | VMCS_ROW_NONE)
_Static_assert(VMCS_ROWS < VMCS_ROW_NONE, "row numbers fit a byte");

void vmcs_index_make(struct vmcs_index *index, const struct vmx_caps *caps);

static inline bool vmcs_is_high(uint64_t encoding)
{
	return encoding & 1;
}

/* The entry of an encoding as VMREAD or VMWRITE got it: all 64 bits of the operand. */
static inline unsigned vmcs_entry(const struct vmcs_index *index, uint64_t encoding)
{
	return encoding < VMCS_ENCODINGS ? index->entry[encoding] : VMCS_ENTRY_NONE;
}

/* The row of such an encoding, or -1: VMfail 12. */
static inline int vmcs_row(const struct vmcs_index *index, uint64_t encoding)
{
	unsigned row = vmcs_entry(index, encoding) & 0xff;

	return row == VMCS_ROW_NONE ? -1 : (int)row;
}

/* May VMREAD, or VMWRITE, go to the cell of the entry's row without another question? */
static inline bool vmcs_entry_plain(unsigned entry, bool write)
{
	return entry < (write ? VMCS_ENTRY_READ_ONLY : VMCS_ENTRY_NOT_PLAIN);
}

/* A VMWRITE to such a row is VMfail 13. */
static inline bool vmcs_row_read_only(int row)
{
	return vmcs_rows[row].read_only;
}

/*
 * True: the cell's newest value is in VMCS02; before a VMREAD *or* VMWRITE of the row make VMCS02
 * current and call vmcs12_fetch_rare().
 */
static inline bool vmcs12_row_stale(const struct vmcs12_cache *c, int row)
{
	return c->stale & vmcs_rows[row].dirty;
}

/* Precondition of both: row came from vmcs_row(); high only for what vmcs_is_high() said. */
static inline uint64_t vmcs12_read(const struct vmcs12_cache *c, int row, bool high)
{
	uint64_t value = c->v.cell[row];

	return high ? value >> 32 : value;
}

static inline void vmcs12_write(struct vmcs12_cache *c, int row, bool high, uint64_t value)
{
	const struct vmcs_row *r = &vmcs_rows[row];

	if (high)
		value = value << 32 | (uint32_t)c->v.cell[row];
	c->v.cell[row] = value & r->mask;
	c->dirty |= r->dirty;
}

/*
 * The cache is about to hold what L0 copied in from L1's page at VMPTRLD: cuts every cell to its
 * width, since L1 may write the page by hand, and marks everything dirty. Not called: garbage.
 */
void vmcs12_adopt(struct vmcs12_cache *c);

#endif
