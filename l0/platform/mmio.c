// SPDX-License-Identifier: Apache-2.0
#include <stddef.h>

#include "platform/iommu.h"
#include "platform/platform.h"
#include "platform/platform_host.h"
#include "platform/platform_internal.h"

/* One row for each page that a device answers at; the LAPIC's moves and is looked at first. */
struct mmio_row {
	uint64_t page;
	uint64_t (*read)(struct platform *p, unsigned offset, unsigned size);
	void (*write)(struct platform *p, unsigned offset, unsigned size, uint64_t value);
	bool locks; /* has a lock of its own, and is not called under the platform's */
	const char *name;
};

static const struct mmio_row rows[] = {
	{IOAPIC_BASE, ioapic_mmio_read, ioapic_mmio_write, false, "IOAPIC"},
	{IOMMU_BASE, platform_iommu_read, platform_iommu_write, true, "IOMMU"},
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

/* The IOMMU is the last one, and not in every machine. */
static const struct mmio_row *find(const struct platform *p, uint64_t gpa)
{
	for (unsigned i = 0; i < ROWS - !p->config.iommu; i++)
		if (rows[i].page == (gpa & ~0xfffull))
			return &rows[i];
	return NULL;
}

static bool at_lapic(const struct lapic *l, uint64_t gpa)
{
	return lapic_xapic(l) && lapic_address(l) == (gpa & ~0xfffull);
}

/* Not a row: the PCI bus, whose functions have locks of their own, or nobody. */
static bool somebody(struct platform *p, uint64_t gpa, bool there)
{
	if (there)
		return true;
	lock_take(&p->lock);
	p->unclaimed_mmio++;
	platform_nobody(p, gpa);
	lock_give(&p->lock);
	return false;
}

/* A LAPIC is its vCPU's own and takes no lock. */
bool platform_mmio_read(struct platform *p, unsigned vcpu, uint64_t gpa, unsigned size,
			uint64_t *value, uint64_t now)
{
	const struct mmio_row *row;

	if (at_lapic(p->lapic[vcpu], gpa)) {
		*value = lapic_mmio_read(p->lapic[vcpu], (unsigned)(gpa & 0xfff), size, now);
		return true;
	}
	row = find(p, gpa);
	if (!row)
		return somebody(p, gpa, pci_mmio_read(p, vcpu, gpa, size, value, now));
	if (!row->locks)
		platform_enter(p, now);
	*value = row->read(p, (unsigned)(gpa & 0xfff), size);
	if (!row->locks)
		platform_leave(p, vcpu);
	return true;
}

bool platform_mmio_write(struct platform *p, unsigned vcpu, uint64_t gpa, unsigned size,
			 uint64_t value, uint64_t now)
{
	const struct mmio_row *row;

	if (at_lapic(p->lapic[vcpu], gpa)) {
		lapic_mmio_write(p->lapic[vcpu], (unsigned)(gpa & 0xfff), size, value, now);
		return true;
	}
	row = find(p, gpa);
	if (!row)
		return somebody(p, gpa, pci_mmio_write(p, vcpu, gpa, size, value, now));
	if (!row->locks)
		platform_enter(p, now);
	row->write(p, (unsigned)(gpa & 0xfff), size, value);
	if (!row->locks)
		platform_leave(p, vcpu);
	return true;
}
