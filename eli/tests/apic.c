// SPDX-License-Identifier: Apache-2.0
#include "apic.h"

static int highest(const bool bits[256])
{
	int vector = 255;

	while (vector >= 0 && !bits[vector])
		vector--;
	return vector;
}

void apic_raise(struct apic *a, uint8_t vector)
{
	a->irr[vector] = true;
}

uint8_t apic_ppr(const struct apic *a)
{
	int served = highest(a->isr);

	if (served < 0 || a->tpr / 16 >= served / 16)
		return a->tpr;
	return (uint8_t)(served / 16 * 16);
}

int apic_next(const struct apic *a)
{
	int vector = highest(a->irr);

	return vector >= 0 && vector / 16 > apic_ppr(a) / 16 ? vector : -1;
}

uint8_t apic_take(struct apic *a)
{
	uint8_t vector = (uint8_t)apic_next(a);

	a->irr[vector] = false;
	a->isr[vector] = true;
	return vector;
}

int apic_eoi(struct apic *a)
{
	int vector = highest(a->isr);

	if (vector >= 0)
		a->isr[vector] = false;
	return vector;
}

struct eli_vectors apic_words(const bool bits[256])
{
	struct eli_vectors set = {{0}};

	for (unsigned v = 0; v < 256; v++) {
		if (bits[v])
			set.word[v / 32] |= UINT32_C(1) << v % 32;
	}
	return set;
}

struct eli_half apic_half(const struct apic *a, const struct eli_vectors *others)
{
	struct eli_vectors irr = apic_words(a->irr), isr = apic_words(a->isr);

	return eli_half(&irr, &isr, others);
}
