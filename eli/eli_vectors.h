/* SPDX-License-Identifier: Apache-2.0 */
/* A set of interrupt vectors, in words as a local APIC's ISR and IRR have them. */
#ifndef ELI_VECTORS_H
#define ELI_VECTORS_H

#include <stdbool.h>
#include <stdint.h>

#define ELI_VECTOR_WORDS 8
/* 0 to 31 are exceptions' and reserved: no interrupt that ELI delivers has one of them. */
#define ELI_EXCEPTIONS 32

struct eli_vectors {
	uint32_t word[ELI_VECTOR_WORDS];
};

static inline bool eli_vectors_has(const struct eli_vectors *set, uint8_t vector)
{
	return set->word[vector / 32] >> vector % 32 & 1;
}

static inline void eli_vectors_add(struct eli_vectors *set, uint8_t vector)
{
	set->word[vector / 32] |= UINT32_C(1) << vector % 32;
}

static inline void eli_vectors_remove(struct eli_vectors *set, uint8_t vector)
{
	set->word[vector / 32] &= ~(UINT32_C(1) << vector % 32);
}

/* The highest of them, -1 if there is none. */
static inline int eli_vectors_highest(const struct eli_vectors *set)
{
	for (int n = ELI_VECTOR_WORDS - 1; n >= 0; n--) {
		if (set->word[n])
			return n * 32 + 31 - __builtin_clz(set->word[n]);
	}
	return -1;
}

/* Those of @a that are not in @b, and those that are in both. */
static inline struct eli_vectors eli_vectors_without(const struct eli_vectors *a,
						     const struct eli_vectors *b)
{
	struct eli_vectors out;

	for (unsigned n = 0; n < ELI_VECTOR_WORDS; n++)
		out.word[n] = a->word[n] & ~b->word[n];
	return out;
}

static inline struct eli_vectors eli_vectors_both(const struct eli_vectors *a,
						  const struct eli_vectors *b)
{
	struct eli_vectors out;

	for (unsigned n = 0; n < ELI_VECTOR_WORDS; n++)
		out.word[n] = a->word[n] & b->word[n];
	return out;
}

#endif
