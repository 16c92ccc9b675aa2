/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLATFORM_LAPIC_INTERNAL_H
#define PLATFORM_LAPIC_INTERNAL_H

#include "platform/lapic.h"

/* What the files of the LAPIC share among themselves. */

#define SVR_ENABLE 0x100u

#define LVT_VECTOR      0xffu
#define LVT_DELIVERY(v) ((v) >> 8 & 7)
#define LVT_MASKED      (1u << 16)
#define LVT_TIMER_MODE  (3u << 17)
#define TIMER_ONE_SHOT  (0u << 17)
#define TIMER_PERIODIC  (1u << 17)
#define TIMER_DEADLINE  (2u << 17)

#define ESR_SEND_ACCEPT      0x04u
#define ESR_SEND_VECTOR      0x20u
#define ESR_RECEIVED_VECTOR  0x40u
#define ESR_ILLEGAL_REGISTER 0x80u

/*
 * What a sender must know of a LAPIC, in one word, so that no sender sees one half of a change:
 * mode and names. Besides it only the processor priority counts, which changes with each interrupt
 * and is a word of its own, as it is a hint and no more.
 */
#define PUBLISHED_XAPIC_ID(w) ((w)&0xff)
#define PUBLISHED_LDR(w)      ((w) >> 8 & 0xff)
#define PUBLISHED_FLAT        (1u << 16) /* logical names in the flat model, else in clusters */
#define PUBLISHED_ON          (1u << 17) /* by IA32_APIC_BASE */
#define PUBLISHED_ENABLED     (1u << 18) /* and by software */
#define PUBLISHED_X2APIC      (1u << 19)
#define PUBLISHED_LINT0       (1u << 20) /* the 8259's request would do something */
#define PUBLISHED_INBOX       (1u << 21) /* enabled, and vectors come by the inbox, not posted */

/* The owner has changed one of these. */
void lapic_publish(struct lapic *l);

static inline uint32_t lapic_published(const struct lapic *l)
{
	return __atomic_load_n(&l->published, __ATOMIC_SEQ_CST);
}

static inline bool lapic_enabled(const struct lapic *l)
{
	return (l->base & LAPIC_BASE_ENABLE) && (l->svr & SVR_ENABLE);
}

/* Is the vector, as it came last, level-triggered? For senders: what they read may be old. */
static inline bool lapic_was_level(const struct lapic *l, uint8_t vector)
{
	return __atomic_load_n(&l->tmr[vector / 32], __ATOMIC_RELAXED) >> vector % 32 & 1;
}

static inline bool vectors_test(const struct lapic_vectors *v, uint8_t vector)
{
	return (v->word[vector / 32] >> vector % 32 & 1) != 0;
}

void vectors_set(struct lapic_vectors *v, uint8_t vector);
void vectors_clear(struct lapic_vectors *v, uint8_t vector);

/* Highest vector of the set, -1 if it is empty. */
int vectors_highest(const struct lapic_vectors *v);

/* Computes priority and pending interrupt anew; kicks the vCPU if there is a higher one. */
void lapic_update(struct lapic *l);

/*
 * Fixed interrupts arrive at a LAPIC that is on: those of word `n` of the 256, as the inbox hands
 * them over, or one.
 */
void lapic_accept_word(struct lapic *l, unsigned n, uint32_t vectors, bool level);

static inline void lapic_accept(struct lapic *l, uint8_t vector, bool level)
{
	lapic_accept_word(l, vector / 32, 1u << vector % 32, level);
}

/* INIT and start-up IPI arrive. */
void lapic_accept_init(struct lapic *l);
void lapic_accept_sipi(struct lapic *l, uint8_t vector);

/* Notes errors and raises the error interrupt for new ones. */
void lapic_error(struct lapic *l, uint32_t bits);

/* A local source fires: delivers as its LVT entry says. */
void lapic_local(struct lapic *l, enum lapic_lvt entry);

/* The interrupt command register was written. */
void lapic_command(struct lapic *l);

/* The 8259's INTR line, wired to LINT0 of every LAPIC, has risen: called by any CPU. */
void lapic_send_lint0(struct platform *p);

/* Logical destination: what was written in xAPIC mode, made from the identifier in x2APIC mode. */
uint32_t lapic_logical_id(const struct lapic *l);

/* Timer: registers were written, and what the current-count register shows. */
void lapic_timer_start(struct lapic *l, uint32_t initial, uint64_t now);
void lapic_timer_divide(struct lapic *l, uint32_t divide, uint64_t now);
void lapic_timer_lvt(struct lapic *l, uint32_t lvt, uint64_t now);
void lapic_timer_deadline(struct lapic *l, uint64_t tsc, uint64_t now);
uint32_t lapic_timer_current(const struct lapic *l, uint64_t now);

#endif
