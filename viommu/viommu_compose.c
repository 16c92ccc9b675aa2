// SPDX-License-Identifier: Apache-2.0
#include "viommu_compose.h"
#include "viommu_mem.h"

/* VT-d specification 9.8: the bits that have to be 0, by level, in a table's entry and in a leaf.
 */
void viommu_compose_init(struct viommu *u)
{
	const struct viommu_config *c = &u->config;
	uint64_t common = (VTD_PTE_ADDR & ~((UINT64_C(1) << c->haw) - 1)) | VTD_PTE_TM;

	if (!c->snoop)
		common |= VTD_PTE_SNP;
	for (unsigned level = 1; level <= 4; level++) {
		uint64_t below = (UINT64_C(1) << ept_shift(level)) - VTD_PAGE_SIZE;
		bool large = level == 1 || (level == 2 && c->page_2m) || (level == 3 && c->page_1g);

		u->reserved[level][0] = common;
		u->reserved[level][1] = common | (large ? below & VTD_PTE_ADDR : VTD_PTE_PS);
	}
	/* Four kilobytes know no page size. */
	u->reserved[1][0] = u->reserved[1][1] = common;
}

struct page {
	uint64_t l1, rights;
	unsigned shift;
};

static unsigned no_right(uint64_t need)
{
	return need & VTD_PTE_W ? VIOMMU_FAULT_WRITE : VIOMMU_FAULT_READ;
}

/* What forbids this entry, or 0. Rights come before reserved bits, for an entry without any right
 * is not present. */
static unsigned check_entry(const struct viommu *u, uint64_t entry, unsigned level, uint64_t need)
{
	if (!(entry & VTD_PTE_RW) || (entry & need) != need)
		return no_right(need);
	if (entry & u->reserved[level][!!(entry & VTD_PTE_PS)])
		return VIOMMU_FAULT_TABLE_RESERVED;
	return 0;
}

static unsigned take_leaf(struct page *page, uint64_t entry, unsigned level, uint64_t iova,
			  uint64_t need)
{
	uint64_t offset = (UINT64_C(1) << ept_shift(level)) - 1;

	page->shift = ept_shift(level);
	page->l1 = (entry & VTD_PTE_ADDR & ~offset) | (iova & offset);
	if (!page->rights)
		return no_right(need);
	if (page->l1 - VTD_MSI_BASE < VTD_MSI_SIZE)
		return VIOMMU_FAULT_OUTPUT_INTERRUPT;
	return 0;
}

static unsigned walk(struct viommu *u, const struct viommu_domain *d, uint64_t iova, uint64_t need,
		     struct page *page)
{
	uint64_t table = d->table, entry;
	unsigned reason;

	page->rights = VTD_PTE_RW;
	for (unsigned level = d->levels;; level--) {
		const uint64_t *where = viommu_l1_ptr(u, table + ept_index(iova, level) * 8, EPT_R);

		if (!where)
			return VIOMMU_FAULT_TABLE_ACCESS;
		entry = ept_load(where);
		reason = check_entry(u, entry, level, need);
		if (reason)
			return reason;
		page->rights &= entry;
		if (level == 1 || (entry & VTD_PTE_PS))
			return take_leaf(page, entry, level, iova, need);
		table = entry & VTD_PTE_ADDR;
	}
}

/* The leaf's size: the smaller page's, but so that none holds more than its share of the interrupt
 * range. */
static unsigned leaf_shift(const struct page *page, const struct viommu_window *window)
{
	unsigned shift = page->shift < window->shift ? page->shift : window->shift;
	uint64_t first = page->l1 >> shift << shift;

	if (first < VTD_MSI_BASE + VTD_MSI_SIZE && first + (UINT64_C(1) << shift) > VTD_MSI_BASE)
		return EPT_SHIFT_4K;
	return shift;
}

unsigned viommu_compose(struct viommu *u, const struct viommu_domain *d, uint64_t iova,
			uint64_t need, struct viommu_made *out)
{
	const struct viommu_window *window;
	struct page page;
	unsigned reason = walk(u, d, iova, need, &page), shift;
	uint64_t rights;

	out->leaf = 0;
	if (reason)
		return reason;
	window = viommu_look(u, page.l1);
	rights = page.rights & window->rights;
	if (!rights)
		return 0;
	shift = leaf_shift(&page, window);
	out->level = (shift - EPT_SHIFT_4K) / 9 + 1;
	out->leaf = ((window->base + page.l1) & ~((UINT64_C(1) << shift) - 1)) | rights;
	return 0;
}
