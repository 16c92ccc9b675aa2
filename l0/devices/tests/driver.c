// SPDX-License-Identifier: Apache-2.0
#include "driver.h"

#include <string.h>

static uint64_t next_memory = HOST_PAGE;

void memory_again(void)
{
	next_memory = HOST_PAGE;
}

uint64_t memory(uint32_t size, uint32_t align)
{
	uint64_t at = (next_memory + align - 1) / align * align;

	next_memory = at + size;
	ensure(next_memory <= HOST_RAM);
	return at;
}

uint32_t common_in(struct driver *d, unsigned offset, unsigned size)
{
	return (uint32_t)bar_in(d->function, d->common + offset, size);
}

void common_out(struct driver *d, unsigned offset, unsigned size, uint32_t value)
{
	bar_out(d->function, d->common + offset, size, value);
}

uint8_t driver_status(struct driver *d)
{
	return (uint8_t)common_in(d, 0x14, 1);
}

static void capability(struct driver *d, unsigned at)
{
	uint32_t offset = config_in(d->function, at + 8, 4);

	ensure(config_in(d->function, at + 4, 1) == 0 || config_in(d->function, at + 3, 1) == 5);
	switch (config_in(d->function, at + 3, 1)) {
	case 1:
		d->common = offset;
		break;
	case 2:
		d->notify = offset;
		d->stride = config_in(d->function, at + 16, 4);
		break;
	case 3:
		d->isr = offset;
		break;
	case 4:
		d->config = offset;
		break;
	}
}

static void enable_msix(struct driver *d, unsigned at)
{
	uint32_t table = config_in(d->function, at + 4, 4) & ~7u;
	unsigned count = (config_in(d->function, at + 2, 2) & 0x7ff) + 1;

	config_out(d->function, at + 2, 2, 0x8000);
	for (unsigned i = 0; i < count; i++) {
		bar_out(d->function, table + 16 * i, 8, 0xfee00000);
		bar_out(d->function, table + 16 * i + 8, 4, i);
		bar_out(d->function, table + 16 * i + 12, 4, 0);
	}
}

void driver_find(struct driver *d, struct pci_function *f, bool msix)
{
	memset(d, 0, sizeof(*d));
	d->function = f;
	config_out(f, 4, 2, 0x0006);
	for (unsigned at = config_in(f, 0x34, 1); at; at = config_in(f, at + 1, 1)) {
		if (config_in(f, at, 1) == 0x09)
			capability(d, at);
		else if (config_in(f, at, 1) == 0x11 && msix)
			enable_msix(d, at);
	}
}

bool driver_negotiate(struct driver *d, uint64_t want)
{
	uint64_t offered = 0;

	common_out(d, 0x14, 1, 0);
	ensure(driver_status(d) == 0);
	common_out(d, 0x14, 1, 1);
	common_out(d, 0x14, 1, 3);
	for (unsigned i = 0; i < 2; i++) {
		common_out(d, 0x00, 4, i);
		offered |= (uint64_t)common_in(d, 0x04, 4) << 32 * i;
	}
	d->features = offered & want;
	for (unsigned i = 0; i < 2; i++) {
		common_out(d, 0x08, 4, i);
		common_out(d, 0x0c, 4, (uint32_t)(d->features >> 32 * i));
	}
	common_out(d, 0x14, 1, 11);
	common_out(d, 0x10, 2, 0);
	return driver_status(d) == 11;
}

static void put_address(struct driver *d, unsigned offset, uint64_t address)
{
	common_out(d, offset, 4, (uint32_t)address);
	common_out(d, offset + 4, 4, (uint32_t)(address >> 32));
}

void driver_ring(struct driver *d, unsigned queue, uint16_t size)
{
	struct ring *r = &d->ring[queue];

	memset(r, 0, sizeof(*r));
	r->queue = queue;
	r->size = size;
	r->descriptors = memory(16u * size, 16);
	r->driver = memory(6u + 2 * size, 2);
	r->device = memory(6u + 8 * size, 4);
	host_clear(r->descriptors, 16u * size);
	host_clear(r->driver, 6u + 2 * size);
	host_clear(r->device, 6u + 8 * size);
	for (uint16_t i = 0; i < size; i++)
		r->free[r->free_count++] = i;
	common_out(d, 0x16, 2, queue);
	common_out(d, 0x18, 2, size);
	ensure(common_in(d, 0x18, 2) == size);
	common_out(d, 0x1a, 2, queue + 1);
	put_address(d, 0x20, r->descriptors);
	put_address(d, 0x28, r->driver);
	put_address(d, 0x30, r->device);
	r->notify = d->notify + d->stride * common_in(d, 0x1e, 2);
	common_out(d, 0x1c, 2, 1);
	ensure(common_in(d, 0x1c, 2) == 1);
}

void driver_ok(struct driver *d)
{
	common_out(d, 0x14, 1, 15);
	ensure(driver_status(d) == 15);
}

void driver_start(struct driver *d, struct pci_function *f, uint64_t want, uint16_t size)
{
	unsigned queues;

	driver_find(d, f, true);
	ensure(driver_negotiate(d, want));
	queues = common_in(d, 0x12, 2);
	for (unsigned i = 0; i < queues; i++)
		driver_ring(d, i, size);
	driver_ok(d);
}

static void put_descriptor(uint64_t at, const struct piece *p, uint16_t flags, uint16_t next)
{
	host_write(at, &p->address, 8);
	host_write(at + 8, &p->size, 4);
	host_put16(at + 12, flags);
	host_put16(at + 14, next);
}

/* Descriptor @i of a chain of @count. */
static uint16_t flags_of(unsigned i, unsigned out, unsigned count)
{
	return (uint16_t)((i + 1 < count ? 1 : 0) | (i >= out ? 2 : 0));
}

static uint16_t add_table(struct ring *r, const struct piece *pieces, unsigned out, unsigned count)
{
	uint16_t head = r->free[--r->free_count];
	struct piece table = {.size = 16 * count};

	ensure(count <= TABLE_MAX);
	/* Every other one is not aligned, and may reach over the end of a page. */
	if (!r->table[head])
		r->table[head] = memory(16 * TABLE_MAX + 16, 16) + head % 2 * 6;
	table.address = r->table[head];
	for (unsigned i = 0; i < count; i++)
		put_descriptor(table.address + 16 * i, &pieces[i], flags_of(i, out, count),
			       (uint16_t)(i + 1));
	put_descriptor(r->descriptors + 16u * head, &table, 4, 0);
	return head;
}

/* From the last one on, so that each knows its next. */
static uint16_t add_direct(struct ring *r, const struct piece *pieces, unsigned out, unsigned count)
{
	uint16_t next = 0;

	ensure(r->free_count >= count);
	for (unsigned i = count; i-- > 0;) {
		uint16_t this = r->free[--r->free_count];

		put_descriptor(r->descriptors + 16u * this, &pieces[i], flags_of(i, out, count),
			       next);
		next = this;
	}
	return next;
}

uint16_t ring_add(struct driver *d, unsigned queue, const struct piece *pieces, unsigned out,
		  unsigned in)
{
	struct ring *r = &d->ring[queue];
	uint16_t head = d->indirect ? add_table(r, pieces, out, out + in)
				    : add_direct(r, pieces, out, out + in);

	host_put16(r->driver + 4 + 2u * (r->added % r->size), head);
	r->added++;
	return head;
}

/* 2.7.13.4: with events a kick is wanted if the index that was told passes what the device named.
 */
static bool kick_wanted(struct driver *d, struct ring *r)
{
	uint16_t event = host_get16(r->device + 4 + 8u * r->size);

	if (!(d->features & VIRTIO_BIT(VIRTIO_F_EVENT_IDX)))
		return !(host_get16(r->device) & 1);
	for (uint16_t i = r->told; i != r->added; i++)
		if (i == event)
			return true;
	return false;
}

bool ring_tell(struct driver *d, unsigned queue)
{
	struct ring *r = &d->ring[queue];
	bool wanted;

	host_put16(r->driver + 2, r->added);
	wanted = kick_wanted(d, r);
	r->told = r->added;
	if (wanted) {
		r->kicks++;
		bar_out(d->function, (uint32_t)r->notify, 2, queue);
	}
	return wanted;
}

static void give_back(struct ring *r, uint16_t index)
{
	uint16_t flags;

	do {
		flags = host_get16(r->descriptors + 16u * index + 12);
		r->free[r->free_count++] = index;
		index = host_get16(r->descriptors + 16u * index + 14);
	} while (flags & 1);
}

bool ring_used(struct driver *d, unsigned queue, uint16_t *head, uint32_t *bytes)
{
	struct ring *r = &d->ring[queue];
	uint64_t entry = r->device + 4 + 8u * (r->seen % r->size);
	uint32_t id;

	if (r->seen == host_get16(r->device + 2))
		return false;
	host_read(entry, &id, 4);
	host_read(entry + 4, bytes, 4);
	ensure(id < r->size);
	*head = (uint16_t)id;
	give_back(r, *head);
	r->seen++;
	return true;
}

void ring_event(struct driver *d, unsigned queue, uint16_t event)
{
	host_put16(d->ring[queue].driver + 4 + 2u * d->ring[queue].size, event);
}

static bool watched;

static void watch(struct pci_function *f, uint64_t now)
{
	(void)now;
	virtio_polled((struct virtio_pci *)f, watched);
}

void driver_polled(struct virtio_pci *v, bool polled)
{
	watched = polled;
	pci_work(&v->function, watch, host.now);
}
