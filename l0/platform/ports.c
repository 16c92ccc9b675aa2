// SPDX-License-Identifier: Apache-2.0
#include "platform/ports.h"

#include <stddef.h>

#include "platform/platform.h"
#include "platform/platform_internal.h"

/*
 * The port map. Rows are sorted and do not overlap; `width` is the widest access that the
 * device understands, wider ones and those that cross it are split into bytes.
 */
struct port_row {
	uint16_t first;
	uint16_t last;
	uint8_t width;
	uint32_t (*read)(struct platform *p, const struct port_access *a);
	void (*write)(struct platform *p, const struct port_access *a, uint32_t value);
	const char *name;
};

#define ROW(first, last, width, handler, name)                                                     \
	{                                                                                          \
		first, last, width, handler##_port_read, handler##_port_write, name                \
	}

static const struct port_row rows[] = {
	/* clang-format off */
	ROW(0x000, 0x00f, 1, quiet,       "DMA 1"),
	ROW(0x020, 0x021, 1, pic,         "8259 master"),
	ROW(0x040, 0x043, 1, pit,         "8254"),
	ROW(0x060, 0x060, 1, keyboard,    "no 8042: data"),
	ROW(0x061, 0x061, 1, speaker,     "system control B"),
	ROW(0x064, 0x064, 1, keyboard,    "no 8042: command"),
	ROW(0x070, 0x071, 1, rtc,         "RTC"),
	ROW(0x080, 0x080, 1, post,        "POST code"),
	ROW(0x081, 0x08f, 1, quiet,       "DMA pages"),
	ROW(0x092, 0x092, 1, port92,      "system control A"),
	ROW(0x0a0, 0x0a1, 1, pic,         "8259 slave"),
	ROW(0x0c0, 0x0df, 1, quiet,       "DMA 2"),
	ROW(0x0e9, 0x0e9, 4, channel,     "data channel"),
	ROW(0x0ed, 0x0ed, 1, quiet,       "delay"),
	ROW(0x0f0, 0x0f1, 1, quiet,       "coprocessor error"),
	ROW(0x0f4, 0x0f4, 4, debug_exit,  "debug exit"),
	ROW(0x3f8, 0x3ff, 1, uart,        "COM1"),
	ROW(0x4d0, 0x4d1, 1, elcr,        "edge/level control"),
	ROW(PM1_EVENT_PORT, PM1_EVENT_PORT + 3, 4, pm1_event, "PM1a event"),
	ROW(PM1_CONTROL_PORT, PM1_CONTROL_PORT + 1, 2, pm1_control, "PM1a control"),
	ROW(PM_TIMER_PORT, PM_TIMER_PORT + 3, 4, pm_timer, "PM timer"),
	ROW(0xcf8, 0xcff, 4, pci_config,  "PCI configuration"),
	/* clang-format on */
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

static const struct port_row *find(unsigned port)
{
	unsigned low = 0, high = ROWS;

	while (low < high) {
		unsigned middle = (low + high) / 2;

		if (port > rows[middle].last)
			low = middle + 1;
		else
			high = middle;
	}
	return low < ROWS && port >= rows[low].first ? &rows[low] : NULL;
}

/*
 * Does the device take the access whole? Not if it is wider than the device or leaves one of its
 * registers. A row of one port (E9H, F4H) takes any width.
 */
static bool whole(const struct port_row *row, unsigned port, unsigned size)
{
	if (size == 1 || row->first == row->last)
		return size <= row->width;
	return size <= row->width && port % row->width + size <= row->width &&
	       port + size - 1 <= row->last;
}

static uint32_t ones(unsigned size)
{
	return size >= 4 ? 0xffffffffu : (1u << 8 * size) - 1;
}

/* Where no row is: a BAR of ports, whose function is called without the platform's lock. */
static uint32_t read_elsewhere(struct platform *p, const struct port_access *a)
{
	uint32_t value;
	bool there;

	lock_give(&p->lock);
	there = pci_port_read(p, a->vcpu, a->port, a->size, &value, a->now);
	lock_take(&p->lock);
	p->unclaimed_ports += !there;
	return value;
}

static uint32_t read_one(struct platform *p, struct port_access *a, const struct port_row *row)
{
	return row ? row->read(p, a) & ones(a->size) : read_elsewhere(p, a);
}

/* What is not for one row; kept out of the way of what is. */
static __attribute__((noinline)) uint32_t read_parts(struct platform *p, struct port_access *a,
						     const struct port_row *row)
{
	unsigned port = a->port, size = a->size;
	uint32_t value = 0;

	if (!row && (size == 1 || pci_port_holds(p, a->port, size)))
		return read_elsewhere(p, a);
	a->size = 1;
	for (unsigned i = 0; i < size && i < 4; i++) {
		/* Beyond FFFFH there is nothing: the port number does not wrap. */
		a->port = (uint16_t)(port + i);
		value |= read_one(p, a, find(port + i)) << 8 * i;
	}
	return value;
}

void platform_port_read(struct platform *p, unsigned vcpu, uint16_t port, unsigned size,
			uint32_t *value, uint64_t now)
{
	struct port_access a = {.port = port, .size = (uint8_t)size, .vcpu = vcpu};
	const struct port_row *row = find(port);

	a.now = platform_enter(p, now);
	*value = row && whole(row, port, size) ? row->read(p, &a) & ones(size)
					       : read_parts(p, &a, row);
	platform_leave(p, vcpu);
}

static void write_elsewhere(struct platform *p, const struct port_access *a, uint32_t value)
{
	bool there;

	lock_give(&p->lock);
	there = pci_port_write(p, a->vcpu, a->port, a->size, value, a->now);
	lock_take(&p->lock);
	p->unclaimed_ports += !there;
}

static void write_one(struct platform *p, struct port_access *a, const struct port_row *row,
		      uint32_t value)
{
	if (row)
		row->write(p, a, value & ones(a->size));
	else
		write_elsewhere(p, a, value & ones(a->size));
}

static __attribute__((noinline)) void write_parts(struct platform *p, struct port_access *a,
						  const struct port_row *row, uint32_t value)
{
	unsigned port = a->port, size = a->size;

	if (!row && (size == 1 || pci_port_holds(p, a->port, size))) {
		write_elsewhere(p, a, value & ones(size));
		return;
	}
	a->size = 1;
	for (unsigned i = 0; i < size && i < 4; i++) {
		a->port = (uint16_t)(port + i);
		write_one(p, a, find(port + i), value >> 8 * i);
	}
}

void platform_port_write(struct platform *p, unsigned vcpu, uint16_t port, unsigned size,
			 uint32_t value, uint64_t now)
{
	struct port_access a = {.port = port, .size = (uint8_t)size, .vcpu = vcpu};
	const struct port_row *row = find(port);

	a.now = platform_enter(p, now);
	if (row && whole(row, port, size))
		row->write(p, &a, value & ones(size));
	else
		write_parts(p, &a, row, value);
	platform_leave(p, vcpu);
}
