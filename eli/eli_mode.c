// SPDX-License-Identifier: Apache-2.0
#include "eli_mode.h"

struct eli_controls eli_decide(const struct eli_entry *entry)
{
	bool direct = entry->way != ELI_EXITS && entry->able && !entry->masked_event &&
		      !entry->virtual_due && !entry->virtual_service && !entry->own_requested;

	return (struct eli_controls){
		.direct = direct,
		.exit_interrupt = !direct,
		.exit_eoi = !direct || entry->way != ELI_FULL || !entry->x2apic,
		.exit_tables = entry->way != ELI_EXITS,
		.tpr = direct ? entry->tpr : 0,
	};
}

/* The compiler's own would be a call of a library that L0 does not have. */
static unsigned count_bits(uint32_t word)
{
	unsigned count = 0;

	for (; word; word &= word - 1)
		count++;
	return count;
}

unsigned eli_move(const struct eli_vectors *service, const struct eli_vectors *l0,
		  struct eli_vectors *moved, struct eli_vectors *found)
{
	unsigned count = 0;

	*moved = eli_vectors_without(service, l0);
	*found = eli_vectors_both(service, l0);
	for (unsigned n = 0; n < ELI_VECTOR_WORDS; n++)
		count += count_bits(service->word[n]);
	return count;
}

bool eli_hand_over(const struct eli_controls *to, const struct eli_vectors *open, uint8_t vector,
		   bool ready)
{
	return to->direct && ready && vector >= ELI_EXCEPTIONS && eli_vectors_has(open, vector) &&
	       vector >> 4 > to->tpr >> 4;
}
