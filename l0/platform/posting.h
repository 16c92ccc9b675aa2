/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLATFORM_POSTING_H
#define PLATFORM_POSTING_H

#include <stdbool.h>
#include <stdint.h>

/*
 * The posted-interrupt descriptor of a vCPU, SDM volume 3, table "Format of Posted-Interrupt
 * Descriptor": an inbox for vectors alone that the processor empties while the guest runs. Any CPU
 * posts; who takes is the owner, or its processor. All zero but for where to notify: empty.
 *
 *     sender:  set the vector in PIR ── then ── set ON; was it clear? notify
 *     taker:   clear ON              ── then ── exchange each word of PIR by 0
 *
 * Nothing is lost, for the reasons that stand in inbox.h.
 */

#define POSTING_ON           (1u << 0)
#define POSTING_VECTOR_SHIFT 16

struct posting {
	uint32_t pir[8];
	uint32_t control;     /* ON, SN (never set), the notification vector */
	uint32_t destination; /* the CPU, as the physical LAPIC's mode names it */
	uint32_t reserved[6];
} __attribute__((aligned(64)));

/* True: the owner's CPU must be notified; it has not been since somebody last took. */
bool posting_post(struct posting *p, uint8_t vector);

/* For the owner: is a notification on its way that nobody has answered? */
static inline bool posting_is_on(const struct posting *p)
{
	return __atomic_load_n(&p->control, __ATOMIC_RELAXED) & POSTING_ON;
}

/* For the owner: takes all, or what is left by the processor, into @words. */
void posting_take(struct posting *p, uint32_t words[8]);

#endif
