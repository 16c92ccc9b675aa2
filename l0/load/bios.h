/* SPDX-License-Identifier: Apache-2.0 */
/* What a PC's firmware leaves in memory for those who look there instead of asking it. */
#ifndef LOAD_BIOS_H
#define LOAD_BIOS_H

#include <stdint.h>

#include "memory/ram.h"

/*
 * Writes the real-mode interrupt vectors, the BIOS data area, the extended one and the few bytes
 * of ROM that programs know by their address. What they say of memory is what load_memory_map()
 * says. Sources: IBM PC AT technical reference, section 5 (data areas, entry points); Ralf Brown's
 * interrupt list, MEMORY.LST, segment 40H.
 */
void bios_write(const struct ram *ram);

#endif
