/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLATFORM_LAPIC_PAGE_H
#define PLATFORM_LAPIC_PAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "platform/lapic.h"
#include "platform/posting.h"

/*
 * A LAPIC whose priorities and vectors are in the processor's hands while its guest runs: in a
 * virtual-APIC page (SDM volume 3, "Virtual APIC State"), register n of the LAPIC at 16 n. There
 * is one place of truth at a time, the page or `struct lapic`; all other registers stay here.
 */
struct lapic_page {
	uint32_t word[1024];
} __attribute__((aligned(4096)));

/* The guest interrupt status of the VMCS: highest vector requested, highest one in service. */
#define LAPIC_STATUS(rvi, svi)   ((uint16_t)((svi) << 8 | (rvi)))
#define LAPIC_STATUS_RVI(status) ((uint8_t)(status))
#define LAPIC_STATUS_SVI(status) ((uint8_t)((status) >> 8))

/* The page has the state. What arrives is kept here, never pending, until lapic_add(). */
static inline bool lapic_is_away(const struct lapic *l)
{
	return l->pending == LAPIC_AWAY;
}

/*
 * Hands the state over to @page, which has no vectors; all but TMR. Returns the guest interrupt
 * status that goes with it.
 */
uint16_t lapic_give(struct lapic *l, struct lapic_page *page);

/* Has anything arrived since? Then it goes into the page, whose status was @status; the new one. */
static inline bool lapic_has_arrivals(const struct lapic *l)
{
	return l->irr.summary != 0;
}
uint16_t lapic_add(struct lapic *l, struct lapic_page *page, uint16_t status);

/* Takes the state back, and leaves @page without vectors. @status: as the processor left it. */
void lapic_take(struct lapic *l, struct lapic_page *page, uint16_t status);

/* Vectors come to a page that has @status, from a posted-interrupt descriptor; the new status. */
uint16_t lapic_page_post(struct lapic_page *page, const uint32_t words[8], uint16_t status);

/* The LAPIC was reset while the page had its state: that is gone. */
void lapic_page_clear(struct lapic_page *page);

/* A self-IPI that the processor would not carry out: its vector is illegal. */
void lapic_refuse_self_ipi(struct lapic *l);

/* Takes what was posted while the processor did not. */
void lapic_drain_posting(struct lapic *l, struct posting *posting);

/* Of the vectors that have come, which are level-triggered: into the page's TMR. */
void lapic_give_levels(const struct lapic *l, struct lapic_page *page);

#endif
