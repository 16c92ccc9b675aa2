/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A driver of one VT-d unit, no larger than what is measured of it: a domain of three levels whose
 * pages all stand for one frame, and queued invalidation, one page at a time and waited for.
 * Source: VT-d specification (rev. 4), 6.5.2, 9 and 11.4.
 */
#ifndef MICRO_VTD_H
#define MICRO_VTD_H

#include <stdbool.h>
#include <stdint.h>

#define VTD_PAGE  4096u
#define VTD_PAGES 2048u /* of the domain's addresses, from 0 on */

/* Finds the unit (DMAR) and turns its queue on. NULL, or why there is none. */
const char *vtd_init(void);

/* From now on the unit translates what the function @devfn of bus 0 reads and writes. */
const char *vtd_translate(uint8_t devfn);

/* Page @page of the domain is @frame, an address. It was absent, so only a unit in caching mode, as
 * one that is emulated with the tables of another below it, is told. */
void vtd_map(uint32_t page, uint64_t frame);
void vtd_unmap(uint32_t page);

/* Queues an invalidation of that page and a wait, and returns when the unit has written the wait's
 * status: no device reaches the page any longer. False: it never did. */
bool vtd_invalidate(uint32_t page);

#endif
