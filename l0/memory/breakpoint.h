/* SPDX-License-Identifier: Apache-2.0 */
/* Breakpoints on what L0 does in a guest's place (SDM vol. 3, 18.2): traps, after the instruction.
 */
#ifndef MEMORY_BREAKPOINT_H
#define MEMORY_BREAKPOINT_H

#include <stdbool.h>
#include <stdint.h>

/*
 * DR0 to DR3 that an access of @size bytes at a linear address, or at an I/O port, meets: as bits
 * of the pending debug exceptions, 0 if none of them is enabled.
 */
uint64_t guest_data_breakpoints(uint64_t linear, unsigned size, bool write);
uint64_t guest_io_breakpoints(uint16_t port, unsigned size);

#endif
