// SPDX-License-Identifier: Apache-2.0
#include "platform/lapic.h"

#include "platform/lapic_internal.h"
#include "platform/lapic_page.h"
#include "platform/platform.h"
#include "platform/platform_host.h"

/* What comes from elsewhere, taken by the owner: inbox.h says why nothing is lost on the way. */

void lapic_accept_init(struct lapic *l)
{
	l->init_pending = true;
	l->sipi_pending = false; /* sent before INIT: it found nobody waiting */
	platform_attend(l->platform, l->id);
}

void lapic_accept_sipi(struct lapic *l, uint8_t vector)
{
	/* A second one finds the vCPU running, and one without INIT before it too. */
	if (l->sipi_pending || !(l->waits || l->guest_waits || l->init_pending))
		return;
	l->sipi_pending = true;
	l->sipi_vector = vector;
	platform_attend(l->platform, l->id);
}

/*
 * Edge-triggered ones first: of a vector that came both ways TMR says level, and the IOAPIC hears
 * of its end. A LAPIC that is off hears nothing of the bus.
 */
static void drain_vectors(struct lapic *l, uint32_t words)
{
	for (; words != 0; words &= words - 1) {
		unsigned n = (unsigned)__builtin_ctz(words);
		uint32_t vectors = inbox_take_word(&l->inbox, n);

		if (l->base & LAPIC_BASE_ENABLE)
			lapic_accept_word(l, n % 8, vectors, n >= 8);
	}
}

/* Out of the way of vectors. */
static __attribute__((noinline)) void drain_signals(struct lapic *l, uint32_t posted)
{
	if ((posted & INBOX_LINT0) && !lapic_takes_extint(l))
		lapic_local(l, LAPIC_LVT_LINT0);
	if (posted & INBOX_NMI) {
		l->nmi_pending = true;
		platform_attend(l->platform, l->id);
	}
	if (posted & INBOX_INIT)
		lapic_accept_init(l);
	if (posted & INBOX_SIPI)
		lapic_accept_sipi(l, (uint8_t)(posted >> INBOX_SIPI_VECTOR_SHIFT));
}

void lapic_drain_posted(struct lapic *l)
{
	uint32_t posted = inbox_take(&l->inbox);

	drain_vectors(l, posted >> INBOX_WORD_SHIFT);
	if (posted & INBOX_SIGNALS)
		drain_signals(l, posted);
}

void lapic_drain_posting(struct lapic *l, struct posting *posting)
{
	uint32_t words[8];

	posting_take(posting, words);
	for (unsigned n = 0; n < 8; n++)
		if (words[n] && (l->base & LAPIC_BASE_ENABLE))
			lapic_accept_word(l, n, words[n], false);
}

bool lapic_take_init(struct lapic *l)
{
	/* What was sent before is gone with the reset; a start-up IPI behind INIT stays. */
	lapic_drain(l);
	lapic_reset(l);
	l->init_pending = l->nmi_pending = false;
	l->waits = !(l->base & LAPIC_BASE_BSP);
	if (!l->waits)
		l->sipi_pending = false;
	return l->waits;
}

void lapic_drop_init(struct lapic *l)
{
	l->init_pending = false;
}

uint8_t lapic_take_sipi(struct lapic *l)
{
	l->sipi_pending = l->waits = false;
	return l->sipi_vector;
}

void lapic_guest_waits(struct lapic *l, bool waits)
{
	l->guest_waits = waits;
	l->sipi_pending = false;
}

void lapic_init_blocked(struct lapic *l)
{
	if (!l->guest_waits)
		l->sipi_pending = false;
}
