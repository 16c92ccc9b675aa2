// SPDX-License-Identifier: Apache-2.0
#include "platform/inbox.h"

bool inbox_post_signals(struct inbox *inbox, uint32_t signals)
{
	return __atomic_fetch_or(&inbox->posted, signals, __ATOMIC_ACQ_REL) == 0;
}

bool inbox_post_vector(struct inbox *inbox, uint8_t vector, bool level)
{
	unsigned n = vector / 32u + (level ? INBOX_WORDS / 2 : 0);

	__atomic_fetch_or(&inbox->word[n], 1u << vector % 32, __ATOMIC_RELEASE);
	return inbox_post_signals(inbox, INBOX_WORD(n));
}

/* Replaces `clear` by `set`, in one step. */
static bool change(struct inbox *inbox, uint32_t clear, uint32_t set, uint32_t unless)
{
	uint32_t old = __atomic_load_n(&inbox->posted, __ATOMIC_RELAXED);

	do {
		if (old & unless)
			return false;
	} while (!__atomic_compare_exchange_n(&inbox->posted, &old, (old & ~clear) | set, false,
					      __ATOMIC_ACQ_REL, __ATOMIC_RELAXED));
	return old == 0;
}

bool inbox_post_init(struct inbox *inbox)
{
	return change(inbox, INBOX_SIPI | 0xffu << INBOX_SIPI_VECTOR_SHIFT, INBOX_INIT, 0);
}

bool inbox_post_sipi(struct inbox *inbox, uint8_t vector)
{
	return change(inbox, 0, INBOX_SIPI | (uint32_t)vector << INBOX_SIPI_VECTOR_SHIFT,
		      INBOX_SIPI);
}

uint32_t inbox_take(struct inbox *inbox)
{
	return __atomic_exchange_n(&inbox->posted, 0, __ATOMIC_ACQ_REL);
}

uint32_t inbox_take_word(struct inbox *inbox, unsigned n)
{
	return __atomic_exchange_n(&inbox->word[n], 0, __ATOMIC_ACQUIRE);
}
