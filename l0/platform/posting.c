// SPDX-License-Identifier: Apache-2.0
#include "platform/posting.h"

_Static_assert(sizeof(struct posting) == 64, "the processor's format");

bool posting_post(struct posting *p, uint8_t vector)
{
	__atomic_fetch_or(&p->pir[vector / 32], 1u << vector % 32, __ATOMIC_RELEASE);
	return !(__atomic_fetch_or(&p->control, POSTING_ON, __ATOMIC_ACQ_REL) & POSTING_ON);
}

void posting_take(struct posting *p, uint32_t words[8])
{
	__atomic_fetch_and(&p->control, ~POSTING_ON, __ATOMIC_ACQ_REL);
	for (unsigned n = 0; n < 8; n++)
		words[n] = __atomic_exchange_n(&p->pir[n], 0, __ATOMIC_ACQUIRE);
}
