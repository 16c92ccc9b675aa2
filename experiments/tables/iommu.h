/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "tables/result.h"

#include <stdio.h>

/*
 * What the IOMMU of each run's machine had done when it ended (L0's line "iommu"): pages of 4 KiB
 * that its tables held at the most, which are those to pin, requests, pages taken out, descriptors
 * of invalidations, faults.
 */

/* iommu.csv, where a run has an IOMMU; else nothing. */
bool iommu_table(const struct result *result, const json_t *object);
/* The same on a page in Markdown. */
void iommu_page(FILE *page, const json_t *object);
