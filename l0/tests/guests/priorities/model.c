// SPDX-License-Identifier: Apache-2.0
#include "model.h"

struct model model;

static int highest(const uint32_t word[8])
{
	for (int v = 255; v >= 0; v--)
		if (word[v / 32] & BIT(v % 32))
			return v;
	return -1;
}

static void clear(uint32_t word[8], int vector)
{
	word[vector / 32] &= (uint32_t)~BIT(vector % 32);
}

void model_raise(uint8_t vector)
{
	model.irr[vector / 32] |= (uint32_t)BIT(vector % 32);
}

unsigned int model_class(void)
{
	int served = highest(model.isr);
	unsigned int task = model.tpr >> 4;

	return served >= 0 && (unsigned int)served >> 4 > task ? (unsigned int)served >> 4 : task;
}

int model_next(void)
{
	int vector = highest(model.irr);

	return vector >= 0 && (unsigned int)vector >> 4 > model_class() ? vector : -1;
}

void model_take(uint8_t vector)
{
	clear(model.irr, vector);
	model.isr[vector / 32] |= (uint32_t)BIT(vector % 32);
}

void model_eoi(void)
{
	int vector = highest(model.isr);

	if (vector >= 0)
		clear(model.isr, vector);
}

bool model_empty(void)
{
	return highest(model.irr) < 0 && highest(model.isr) < 0;
}
