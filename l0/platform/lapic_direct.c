// SPDX-License-Identifier: Apache-2.0
#include "platform/lapic_direct.h"

#include "platform/lapic_internal.h"

bool lapic_direct_able(const struct lapic *l)
{
	return lapic_x2apic(l) && lapic_enabled(l);
}

void lapic_direct_request(struct lapic *l, uint8_t vector)
{
	if (l->base & LAPIC_BASE_ENABLE)
		lapic_accept(l, vector, false);
}

uint32_t lapic_direct_give(struct lapic *l, unsigned n)
{
	uint32_t word = l->irr.word[n];

	l->irr.word[n] = 0;
	l->irr.summary &= ~(1u << n);
	if (!l->irr.summary)
		l->pending = -1;
	return word;
}

void lapic_direct_serve(struct lapic *l, const uint32_t word[8])
{
	for (unsigned n = 0; n < 8; n++) {
		if (!word[n])
			continue;
		l->isr.word[n] |= word[n];
		l->isr.summary |= 1u << n;
		l->tmr[n] &= ~word[n];
	}
	lapic_update(l);
}
