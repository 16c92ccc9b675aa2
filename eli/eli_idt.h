/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The shadow of a guest's IDT (64-bit gates): copies of the pages it lies in, byte for byte, but
 * that the gates of vectors that are not to reach the guest by themselves are not present. L0 maps
 * these copies at the guest-physical addresses of the guest's pages while it is in direct mode; no
 * address of the guest's changes, and what else lies in those pages stays what it is.
 *
 *     linear      base                       base + limit
 *                  │ gate 0 │ gate 1 │  ...     │
 *     pages   ─────┴──┬──────────────┴──────────┴──┬─────
 *             own [0] │  shadow [0]        own [1] │ shadow [1]       one page, or two
 *
 * A gate is 16 bytes; its present bit is bit 7 of the sixth (SDM vol. 3, 6.14.1), so one byte of a
 * gate is all that ever differs, and a gate across two pages needs no care of its own.
 *
 * Calls are for the CPU of the vCPU whose IDT it is. The guest's pages may change meanwhile: each
 * byte that differs is stored once, so that no processor ever sees a masked gate present.
 */
#ifndef ELI_IDT_H
#define ELI_IDT_H

#include <stdbool.h>
#include <stdint.h>
#include "eli_vectors.h"

#define ELI_PAGE_SIZE UINT64_C(4096)
#define ELI_PAGES     2 /* 256 gates are 4 KiB, and may lie across two pages */

#define ELI_GATE_SIZE    16u
#define ELI_GATE_FLAGS   5 /* the byte of a gate that has type, DPL and P */
#define ELI_GATE_PRESENT 0x80

struct eli_idt_page {
	uint64_t linear;    /* of its first byte */
	uint64_t gpa;       /* what to map ... */
	const uint8_t *own; /* ... the guest's page */
	uint8_t *shadow;    /* ... and what to map there in direct mode */
};

struct eli_idt {
	/* Vectors whose gates are the guest's own, exceptions always: the others are masked. */
	struct eli_vectors open;
	uint64_t base; /* IDTR */
	uint16_t limit;
	uint16_t gates; /* how many the limit leaves whole: 0 to 256 */
	uint8_t pages;  /* with a shadow: 0, nothing stands; else one or two */
	bool lifted;    /* eli_idt_lift() */
	struct eli_idt_page page[ELI_PAGES];
	uint8_t *room[ELI_PAGES]; /* what shadows are made in */
};

/* Nothing stands. @room: 4 KiB aligned pages of the caller's that are in no guest's reach. */
void eli_idt_init(struct eli_idt *idt, uint8_t *const room[ELI_PAGES]);

/*
 * The guest's IDTR is this, and these vectors are open. Makes the shadow anew. False, and nothing
 * stands (the guest stays in injection mode), if no gate is whole, or a page of the IDT is not
 * canonical or not there. Two linear pages of one frame have one shadow: both map to page[0]'s.
 * Before the vCPU runs, the caller write-protects the frames of page[] and maps their shadows;
 * those of the shadow before are its to unprotect. Where other vCPUs ran meanwhile, eli_idt_open()
 * copies once more what they wrote until then.
 */
bool eli_idt_make(struct eli_idt *idt, uint64_t base, uint16_t limit,
		  const struct eli_vectors *open);

/* Nothing stands any more. */
void eli_idt_drop(struct eli_idt *idt);

/*
 * Would eli_idt_make() find another IDT? After what may have moved it: LIDT, a load of CR3 that
 * exits, or at a guard's look (the guest can change its page tables without an exit). Without a
 * shadow: true.
 */
bool eli_idt_moved(const struct eli_idt *idt, uint64_t base, uint16_t limit);

/*
 * The caller has written @bytes at @gpa (not across the end of the address space) to the guest's
 * own memory, in its stead: what of it is shadowed reaches the shadow. False if none of it is.
 */
bool eli_idt_written(struct eli_idt *idt, uint64_t gpa, uint64_t bytes);

/* Other vectors are open from now on. */
void eli_idt_open(struct eli_idt *idt, const struct eli_vectors *open);

/*
 * For a guest that sees the shadow in injection mode too, as its tables are dear to change:
 * @lifted, every gate is as the guest's own says, else those that are not open are masked again.
 * What stands anew is not lifted. Nothing stands: nothing is done.
 */
void eli_idt_lift(struct eli_idt *idt, bool lifted);

/*
 * The IDTR limit that lets every open vector of the guest's IDT through and cuts those above off:
 * the guard that holds whatever the guest does to its pages, and the alternative to a shadow where
 * all that must not reach it lies above.
 */
uint16_t eli_idt_limit(const struct eli_idt *idt);

/* Is @vector's gate whole under this limit? */
static inline bool eli_limit_has(uint16_t limit, uint8_t vector)
{
	return vector * ELI_GATE_SIZE + ELI_GATE_SIZE - 1 <= limit;
}

/* Does the shadow say of @vector, which has a gate, that it is not present? */
static inline bool eli_idt_masks(const struct eli_idt *idt, uint8_t vector)
{
	return idt->pages && !idt->lifted && vector < idt->gates &&
	       !eli_vectors_has(&idt->open, vector);
}

/* Does the guest's own gate, of a vector that the shadow masks, say that it is present? */
bool eli_idt_own_present(const struct eli_idt *idt, uint8_t vector);

#endif
