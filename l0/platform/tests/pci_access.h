/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLATFORM_TESTS_PCI_ACCESS_H
#define PLATFORM_TESTS_PCI_ACCESS_H

#include "machine.h"
#include "platform/pci_regs.h"
#include "sample.h"

/* How the tests of the bus reach it: as a guest does. */
static inline uint64_t mmio_in(uint64_t gpa, unsigned size)
{
	uint64_t value = 0;

	platform_mmio_read(&m.p, 0, gpa, size, &value, m.now);
	return value;
}

static inline void mmio_out(uint64_t gpa, unsigned size, uint64_t value)
{
	platform_mmio_write(&m.p, 0, gpa, size, value, m.now);
}

static inline uint64_t ecam(unsigned id, unsigned reg)
{
	return PCI_ECAM_BASE + ((uint64_t)id << 12) + reg;
}

static inline uint32_t config_in(unsigned id, unsigned reg, unsigned size)
{
	return (uint32_t)mmio_in(ecam(id, reg), size);
}

static inline void config_out(unsigned id, unsigned reg, unsigned size, uint32_t value)
{
	mmio_out(ecam(id, reg), size, value);
}

/* The same by mechanism #1. */
static inline uint32_t port_config_in(unsigned id, unsigned reg, unsigned size)
{
	out(0xcf8, 4, 0x80000000 | id << 8 | (reg & 0xfc));
	return in((uint16_t)(0xcfc + reg % 4), size);
}

static inline void port_config_out(unsigned id, unsigned reg, unsigned size, uint32_t value)
{
	out(0xcf8, 4, 0x80000000 | id << 8 | (reg & 0xfc));
	out((uint16_t)(0xcfc + reg % 4), size, value);
}

/* Where a BAR lies by its register. */
static inline uint64_t bar_of_id(unsigned id, unsigned bar)
{
	uint32_t low = config_in(id, PCI_REG_BAR + 4 * bar, 4);

	if (low & PCI_BAR_TYPE_IO)
		return low & ~3u;
	return (low & PCI_BAR_TYPE_64 ? (uint64_t)config_in(id, PCI_REG_BAR + 4 * bar + 4, 4) << 32
				      : 0) |
	       (low & ~15u);
}

static inline uint64_t bar_of(const struct sample *s, unsigned bar)
{
	return bar_of_id(s->f.id, bar);
}

static inline void sample_out(const struct sample *s, unsigned reg, uint32_t value)
{
	mmio_out(bar_of(s, 0) + reg, 4, value);
}

static inline void master(const struct sample *s)
{
	config_out(s->f.id, PCI_REG_COMMAND, 2, 7);
}

#endif
