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

static inline bool lapic_enabled(const struct lapic *l)
{
	return (l->base & LAPIC_BASE_ENABLE) && (l->svr & SVR_ENABLE);
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

/* A fixed interrupt arrives. */
void lapic_accept(struct lapic *l, uint8_t vector, bool level);

/* Notes errors and raises the error interrupt for new ones. */
void lapic_error(struct lapic *l, uint32_t bits);

/* A local source fires: delivers as its LVT entry says. */
void lapic_local(struct lapic *l, enum lapic_lvt entry);

/* The interrupt command register was written. */
void lapic_command(struct lapic *l);

/* Logical destination: what was written in xAPIC mode, made from the identifier in x2APIC mode. */
uint32_t lapic_logical_id(const struct lapic *l);

/* Timer: registers were written, and what the current-count register shows. */
void lapic_timer_start(struct lapic *l, uint32_t initial, uint64_t now);
void lapic_timer_divide(struct lapic *l, uint32_t divide, uint64_t now);
void lapic_timer_lvt(struct lapic *l, uint32_t lvt, uint64_t now);
void lapic_timer_deadline(struct lapic *l, uint64_t tsc, uint64_t now);
uint32_t lapic_timer_current(const struct lapic *l, uint64_t now);

#endif
