/* SPDX-License-Identifier: Apache-2.0 */
/* Inside the library: context entries and domains, found, remembered, dropped. */
#ifndef VIOMMU_DOMAIN_H
#define VIOMMU_DOMAIN_H

#include "viommu.h"

/*
 * The context entry for a device: 0 and *out, or the fault's reason, with *fpd as far as the entry
 * was read. An entry that faults is not remembered.
 */
unsigned viommu_context_find(struct viommu *u, uint16_t source, struct viommu_context **out,
			     bool *fpd);

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
