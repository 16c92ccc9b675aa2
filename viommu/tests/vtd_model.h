/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A plain reference for a DMA: what the VT-d specification says, one sentence after the other, from
 * L1's tables as they are now, and without sharing a line with the library.
 */
#ifndef VTD_MODEL_H
#define VTD_MODEL_H

#include "viommu.h"

struct vtd_source {
	const struct viommu_config *config;
	uint64_t root;   /* L1's root table */
	uint64_t root01; /* hpa of EPT01 */
	const struct ept_caps *caps01;
};

struct vtd_answer {
	enum viommu_verdict verdict;
	unsigned reason;
	bool recorded; /* FPD does not hide it */
	uint64_t hpa, size;
};

struct vtd_answer vtd_model(const struct vtd_source *src, uint16_t device, uint64_t iova,
			    bool write);

#endif
