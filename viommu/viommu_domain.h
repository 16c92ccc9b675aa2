/* SPDX-License-Identifier: Apache-2.0 */
/* Inside the library: context entries and domains, found, remembered, dropped. */
#ifndef VIOMMU_DOMAIN_H
#define VIOMMU_DOMAIN_H

#include "ept_table.h"
#include "viommu.h"

/*
 * The context entry for a device: 0 and *out, or the fault's reason, with *fpd as far as the entry
 * was read. An entry that faults is not remembered.
 */
unsigned viommu_context_find(struct viommu *u, uint16_t source, struct viommu_context **out,
			     bool *fpd);

/* The same from L1's tables alone, into *out: nothing is remembered, before or after. */
unsigned viommu_context_load(struct viommu *u, uint16_t source, struct viommu_context *out);

/* 3.6: does it lie behind what a context's tables, and the unit, reach? */
static inline bool viommu_beyond(const struct viommu *u, const struct viommu_context *c,
				 uint64_t iova)
{
	return iova >> u->config.mgaw || (!c->pass && iova >> ept_shift(c->levels + 1u));
}

/* No context entry is remembered any more. */
void viommu_contexts_drop(struct viommu *u);

/* The domain of a context that has tables: the one it had, a free one, or the one used longest ago,
 * emptied. */
struct viommu_domain *viommu_domain_get(struct viommu *u, struct viommu_context *c);

/* Makes sure that viommu_table_set() has pages, by dropping what was used longest ago. */
void viommu_domain_room(struct viommu *u, struct viommu_domain *keep);

/* Everything that is composed goes. */
void viommu_domains_drop(struct viommu *u);

#endif
