// SPDX-License-Identifier: Apache-2.0
#include <stddef.h>

#include "platform/platform.h"

/* One row for each page that a device answers at; the LAPIC's moves and is looked at first. */
struct mmio_row {
	uint64_t page;
	uint64_t (*read)(struct platform *p, unsigned offset, unsigned size);
	void (*write)(struct platform *p, unsigned offset, unsigned size, uint64_t value);
	const char *name;
};

static const struct mmio_row rows[] = {
	{IOAPIC_BASE, ioapic_mmio_read, ioapic_mmio_write, "IOAPIC"},
};

static const struct mmio_row *find(uint64_t gpa)
{
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].page == (gpa & ~0xfffull))
			return &rows[i];
	return NULL;
}

static bool at_lapic(const struct lapic *l, uint64_t gpa)
{
	return lapic_xapic(l) && lapic_address(l) == (gpa & ~0xfffull);
}

bool platform_mmio_read(struct platform *p, unsigned vcpu, uint64_t gpa, unsigned size,
			uint64_t *value, uint64_t now)
{
	const struct mmio_row *row;
	unsigned offset = (unsigned)(gpa & 0xfff);

	if (at_lapic(p->lapic[vcpu], gpa)) {
		*value = lapic_mmio_read(p->lapic[vcpu], offset, size, now);
		return true;
	}
	row = find(gpa);
	if (row) {
		*value = row->read(p, offset, size);
		return true;
	}
	*value = size >= 8 ? ~0ull : (1ull << 8 * size) - 1;
	p->unclaimed_mmio++;
	return false;
}

bool platform_mmio_write(struct platform *p, unsigned vcpu, uint64_t gpa, unsigned size,
			 uint64_t value, uint64_t now)
{
	const struct mmio_row *row;
	unsigned offset = (unsigned)(gpa & 0xfff);

	if (at_lapic(p->lapic[vcpu], gpa)) {
		lapic_mmio_write(p->lapic[vcpu], offset, size, value, now);
		return true;
	}
	row = find(gpa);
	if (!row) {
		p->unclaimed_mmio++;
		return false;
	}
	row->write(p, offset, size, value);
	return true;
}
