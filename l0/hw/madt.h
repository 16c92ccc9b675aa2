/* SPDX-License-Identifier: Apache-2.0 */
/* What the machine's own ACPI tables say about its processors (ACPI 6.4, 5.2.12). */
#ifndef HW_MADT_H
#define HW_MADT_H

#include <stdint.h>

/*
 * Identifiers of the local APICs that can be used, at most @most; returns how many. 0: there are no
 * tables, which is a machine with one processor.
 */
unsigned madt_processors(uint32_t *ids, unsigned most);

#endif
