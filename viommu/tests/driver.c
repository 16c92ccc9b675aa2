// SPDX-License-Identifier: Apache-2.0
#include "driver.h"
#include <string.h>
#include "suites.h"

void pair_begin(struct pair *p, const struct viommu_config *config)
{
	world_begin(&p->w, config);
	ck_assert_int_eq(viommu_init(&p->by, config, &p->w.ept01,
				     ARENA_EPT02 + WORLD_POOL * VTD_PAGE_SIZE, WORLD_POOL),
			 0);
	viommu_page_init(&p->by, p->page);
}

void pair_write(struct pair *p, uint32_t offset, unsigned size, uint64_t value)
{
	memcpy((char *)p->page + offset, &value, size);
	viommu_write(&p->w.u, offset, size, value);
}

void pair_poll(struct pair *p)
{
	while (viommu_page_poll(&p->by, p->page, 100000))
		;
	EXPECT(!viommu_page_changed(&p->by, p->page));
}

/* The page's word as a trapped read would have it. */
static uint64_t shown(const struct pair *p, unsigned word)
{
	uint64_t value = p->page[word], tag = (uint64_t)VIOMMU_PAGE_TAG << 32;

	if (word == VTD_GCMD / 8) {
		EXPECT((uint32_t)value == VIOMMU_GCMD_IDLE);
		value &= ~UINT64_C(0xffffffff);
	}
	if (word == VTD_FSTS / 8 || word == VTD_ICS / 8)
		value &= ~tag;
	return value;
}

void pair_compare(struct pair *p)
{
	for (unsigned word = 0; word < VIOMMU_WORDS; word++) {
		uint64_t trapped = viommu_read(&p->w.u, word * 8, 8);

		if (trapped != viommu_read(&p->by, word * 8, 8) || trapped != shown(p, word))
			ck_abort_msg("register %x: %lx by trap, %lx by page, which shows %lx",
				     word * 8, trapped, viommu_read(&p->by, word * 8, 8),
				     shown(p, word));
	}
}
