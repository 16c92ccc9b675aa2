/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLATFORM_TESTS_PCI_MODEL_H
#define PLATFORM_TESTS_PCI_MODEL_H

#include <stddef.h>
#include <stdint.h>

/* A word of a configuration space: which bits a write sets, and which it clears where it has ones.
 */
struct pci_model_row {
	unsigned reg;
	uint32_t writable, cleared;
};

/* What @old at @reg is after @value was written to the bits of @mask. */
static inline uint32_t pci_model_written(const struct pci_model_row *rows, size_t count,
					 unsigned reg, uint32_t old, uint32_t mask, uint32_t value)
{
	for (size_t i = 0; i < count; i++)
		if (rows[i].reg == reg)
			return ((old & ~(mask & rows[i].writable)) |
				(value & mask & rows[i].writable)) &
			       ~(value & mask & rows[i].cleared);
	return old;
}

/* The same numbers in each run. */
static inline uint32_t pci_model_draw(uint64_t *state, uint32_t below)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(*state >> 33) % below;
}

#endif
