// SPDX-License-Identifier: Apache-2.0
#include "platform/lapic.h"

#include "lib/string.h"
#include "platform/lapic_internal.h"
#include "platform/platform.h"
#include "platform/platform_host.h"

/* State, priority and acceptance of interrupts: SDM volume 3, "Handling Interrupts". */

/* Faster periodic interrupts than this would leave the guest no time between two of them. */
#define INTERRUPTS_PER_SECOND_MAX 100000u

void vectors_set(struct lapic_vectors *v, uint8_t vector)
{
	v->word[vector / 32] |= 1u << vector % 32;
	v->summary |= 1u << vector / 32;
}

void vectors_clear(struct lapic_vectors *v, uint8_t vector)
{
	v->word[vector / 32] &= ~(1u << vector % 32);
	if (v->word[vector / 32] == 0)
		v->summary &= ~(1u << vector / 32);
}

/* `value` is not 0. */
static unsigned highest_bit(uint32_t value)
{
	return 31u ^ (unsigned)__builtin_clz(value);
}

/* In word `n`, which is not 0. */
static int highest_of(unsigned n, uint32_t word)
{
	return (int)(n * 32 + highest_bit(word));
}

int vectors_highest(const struct lapic_vectors *v)
{
	unsigned n;

	if (v->summary == 0)
		return -1;
	n = highest_bit(v->summary);
	return highest_of(n, v->word[n]);
}

/* Senders of lowest priority read it. */
static void set_ppr(struct lapic *l, uint32_t ppr)
{
	__atomic_store_n(&l->ppr, ppr, __ATOMIC_RELAXED);
}

void lapic_update(struct lapic *l)
{
	int served = vectors_highest(&l->isr), wanted = vectors_highest(&l->irr);
	int before = l->pending;
	uint32_t ppr = l->tpr;

	/* The priority is the higher class of task and service, SDM "Task and Processor
	 * Priorities". */
	if (served >= 0 && (uint32_t)served >> 4 > ppr >> 4)
		ppr = (uint32_t)served & 0xf0;
	set_ppr(l, ppr);
	l->pending = wanted >= 0 && (uint32_t)wanted >> 4 > ppr >> 4 ? wanted : -1;
	if (!(l->base & LAPIC_BASE_ENABLE))
		l->pending = -1;
	if (l->pending > before)
		platform_attend(l->platform, l->id);
}

void lapic_publish(struct lapic *l)
{
	uint32_t word = l->xapic_id >> 24 | l->ldr >> 24 << 8;

	if (l->dfr >> 28 == 15)
		word |= PUBLISHED_FLAT;
	if (lapic_enabled(l))
		word |= l->takes;
	else if (l->base & LAPIC_BASE_ENABLE)
		word |= PUBLISHED_ON;
	if (lapic_x2apic(l))
		word |= PUBLISHED_X2APIC;
	if (lapic_takes_extint(l) || !(l->lvt[LAPIC_LVT_LINT0] & LVT_MASKED))
		word |= PUBLISHED_LINT0;
	/*
	 * In one order with the 8259's output: either its sender sees LINT0 open here, or we, who
	 * look at the output afterwards, see it high.
	 */
	__atomic_store_n(&l->published, word, __ATOMIC_SEQ_CST);
	if (platform_extint_pending(l->platform, l->id))
		platform_attend(l->platform, l->id);
}

#define LEGAL_VECTORS 0xffff0000u /* of the first word */

void lapic_accept_word(struct lapic *l, unsigned n, uint32_t vectors, bool level)
{
	int highest;

	if (n == 0 && (vectors & ~LEGAL_VECTORS)) {
		vectors &= LEGAL_VECTORS;
		lapic_error(l, ESR_RECEIVED_VECTOR);
	}
	if (!vectors)
		return;
	l->irr.word[n] |= vectors;
	l->irr.summary |= 1u << n;
	l->tmr[n] = level ? l->tmr[n] | vectors : l->tmr[n] & ~vectors;
	/* The priority stays as it is, so this is all that an arrival can change. */
	highest = highest_of(n, vectors);
	if (highest <= l->pending || (uint32_t)highest >> 4 <= l->ppr >> 4)
		return;
	l->pending = highest;
	platform_attend(l->platform, l->id);
}

void lapic_accept_own(struct lapic *l, uint8_t vector)
{
	if (lapic_enabled(l))
		lapic_accept(l, vector, false);
}

void lapic_error(struct lapic *l, uint32_t bits)
{
	bool new = (bits & ~l->errors) != 0;

	/* An error interrupt with an illegal vector is an error too: only new bits raise one. */
	l->errors |= bits;
	if (new)
		lapic_local(l, LAPIC_LVT_ERROR);
}

void lapic_local(struct lapic *l, enum lapic_lvt entry)
{
	uint32_t lvt = l->lvt[entry];

	if ((lvt & LVT_MASKED) || !(l->base & LAPIC_BASE_ENABLE))
		return;
	/* Timer and error entries have no delivery field: it reads as fixed. */
	switch (LVT_DELIVERY(lvt)) {
	case LAPIC_FIXED:
		lapic_accept(l, (uint8_t)(lvt & LVT_VECTOR), false);
		break;
	case LAPIC_NMI:
		l->nmi_pending = true;
		platform_attend(l->platform, l->id);
		break;
	}
}

int lapic_ack(struct lapic *l)
{
	int vector = l->pending;

	if (vector < 0)
		return -1;
	vectors_clear(&l->irr, (uint8_t)vector);
	vectors_set(&l->isr, (uint8_t)vector);
	/* It was above the priority, and no other that is requested is of a higher class. */
	set_ppr(l, (uint32_t)vector & 0xf0);
	l->pending = -1;
	return vector;
}

void lapic_eoi(struct lapic *l)
{
	int vector = vectors_highest(&l->isr);

	if (vector < 0)
		return; /* a spurious EOI has no effect */
	vectors_clear(&l->isr, (uint8_t)vector);
	if (l->tmr[vector / 32] >> vector % 32 & 1)
		ioapic_broadcast(l->platform, (uint8_t)vector);
	lapic_update(l);
}

void lapic_set_tpr(struct lapic *l, uint8_t cr8)
{
	l->tpr = (uint32_t)(cr8 & 15) << 4;
	lapic_update(l);
}

bool lapic_takes_extint(const struct lapic *l)
{
	uint32_t lvt = l->lvt[LAPIC_LVT_LINT0];

	/* Without its LAPIC a processor has INTR on that pin; only the first one is wired so. */
	if (!(l->base & LAPIC_BASE_ENABLE))
		return l->id == 0;
	return !(lvt & LVT_MASKED) && LVT_DELIVERY(lvt) == LAPIC_EXTINT;
}

bool lapic_takes_nmi(const struct lapic *l)
{
	uint32_t lvt = l->lvt[LAPIC_LVT_LINT0];

	return (l->base & LAPIC_BASE_ENABLE) && !(lvt & LVT_MASKED) &&
	       LVT_DELIVERY(lvt) == LAPIC_NMI;
}

/* SDM "Local APIC State After Power-Up or Reset". */
void lapic_reset(struct lapic *l)
{
	static const struct lapic_vectors none;

	l->tpr = l->ldr = l->esr = l->errors = 0;
	set_ppr(l, 0);
	l->icr = 0;
	l->dfr = 0xffffffff;
	l->svr = 0xff;
	for (unsigned i = 0; i < LAPIC_LVTS; i++)
		l->lvt[i] = LVT_MASKED;
	l->timer_initial = l->timer_divide = 0;
	l->timer_origin = l->tsc_deadline = 0;
	l->timer_ended = false;
	l->deadline = CLOCK_NEVER;
	l->irr = l->isr = none;
	memset(l->tmr, 0, sizeof(l->tmr));
	l->pending = -1;
	lapic_publish(l);
}

void lapic_init(struct lapic *l, struct platform *p, unsigned vcpu)
{
	const struct platform_config *config = &p->config;
	uint64_t tsc_hz = config->tsc_khz * 1000ull;

	memset(l, 0, sizeof(*l));
	l->platform = p;
	l->id = vcpu;
	l->xapic_id = vcpu << 24;
	l->x2apic_allowed = config->x2apic;
	l->takes = PUBLISHED_ON | PUBLISHED_ENABLED | (config->posted ? 0 : PUBLISHED_INBOX);
	l->physical_width = config->physical_width;
	l->bus = (struct clock){config->start, config->bus_khz * 1000ull, tsc_hz};
	l->period_min = tsc_hz / INTERRUPTS_PER_SECOND_MAX;
	l->base = LAPIC_DEFAULT_BASE | LAPIC_BASE_ENABLE | (vcpu == 0 ? LAPIC_BASE_BSP : 0);
	l->waits = vcpu != 0;
	p->lapic[vcpu] = l;
	lapic_reset(l);
	if (vcpu == 0) {
		/* L0 stands in for the firmware, which leaves the first LAPIC in virtual wire mode.
		 */
		l->svr |= SVR_ENABLE;
		l->lvt[LAPIC_LVT_LINT0] = LAPIC_EXTINT << 8;
		l->lvt[LAPIC_LVT_LINT1] = LAPIC_NMI << 8;
		lapic_publish(l);
	}
}
