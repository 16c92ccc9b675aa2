/* SPDX-License-Identifier: Apache-2.0 */
/* Breakpoints on what L0 does in a guest's place (SDM vol. 3, 18.2): traps, after the instruction.
 */
#ifndef MEMORY_BREAKPOINT_H
#define MEMORY_BREAKPOINT_H

#include <stdbool.h>
#include <stdint.h>

#include "vmcs12.h"
#include "vmcs_access.h"

/*
 * DR0 to DR3 that an access of @size bytes at a linear address, or at an I/O port, meets: as bits
 * of the pending debug exceptions, 0 if none of them is enabled.
 */
uint64_t guest_data_breakpoints_met(uint64_t linear, unsigned size, bool write);
uint64_t guest_io_breakpoints_met(uint16_t port, unsigned size);

/* The same; mostly none at all is enabled. */
static inline uint64_t guest_data_breakpoints(uint64_t linear, unsigned size, bool write)
{
	return vmcs_read(VMCS_GUEST_DR7) & 0xff ? guest_data_breakpoints_met(linear, size, write)
						: 0;
}

static inline uint64_t guest_io_breakpoints(uint16_t port, unsigned size)
{
	return vmcs_read(VMCS_GUEST_DR7) & 0xff ? guest_io_breakpoints_met(port, size) : 0;
}

#endif
