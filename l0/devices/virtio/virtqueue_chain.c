// SPDX-License-Identifier: Apache-2.0
#include "devices/virtio/virtqueue.h"

#include "devices/virtio/virtqueue_area.h"
#include "lib/string.h"

#define PAGE 4096u

/* A descriptor: virtio 1.2, 2.7.5. */
#define NEXT     1
#define WRITE    2
#define INDIRECT 4

struct descriptor {
	uint64_t address;
	uint32_t size;
	uint16_t flags;
	uint16_t next;
};

/* From the start of its page on, where an IOMMU's pieces start, for what is asked for next. */
void *virtqueue_reach(struct virtqueue *q, struct virtqueue_area *a, uint32_t offset, uint32_t size,
		      bool write)
{
	uint32_t in_page = (uint32_t)(a->address + offset) & (PAGE - 1);
	uint32_t from = offset > in_page ? offset - in_page : 0;
	uint32_t got = a->bytes - from;
	uint8_t *host = pci_dma(q->common->function, a->address + from, &got, write);

	if (!host || from + got < offset + size) {
		virtqueue_break(q);
		return NULL;
	}
	a->host = host;
	a->from = from;
	a->to = from + got;
	a->epoch = q->common->epoch;
	return host + (offset - from);
}

/* In two loads, so that nothing is looked at twice; aligned, as the rings' start was checked. */
static bool fetch(struct virtqueue *q, struct virtqueue_area *table, uint32_t index,
		  struct descriptor *d)
{
	uint32_t offset = DESCRIPTOR_BYTES * index;
	const uint64_t *words;
	uint64_t second;

	/* Where an indirect table lies is up to the driver: it may be anywhere. */
	if (table->address % DESCRIPTOR_BYTES)
		return pci_dma_read(q->common->function, table->address + offset, d, sizeof(*d));
	words = area_at(q, table, offset, DESCRIPTOR_BYTES, false);
	if (!words)
		return false;
	d->address = __atomic_load_n(&words[0], __ATOMIC_RELAXED);
	second = __atomic_load_n(&words[1], __ATOMIC_RELAXED);
	d->size = (uint32_t)second;
	d->flags = (uint16_t)(second >> 32);
	d->next = (uint16_t)(second >> 48);
	return true;
}

/* What is to be read comes before what is to be written, 2.7.4.2; 4 GiB at most, 2.7.5.2. */
static bool add(struct virtqueue_chain *c, const struct descriptor *d)
{
	bool write = d->flags & WRITE;
	struct virtqueue_cursor *part = write ? &c->write : &c->read;

	if (c->segments == VIRTQUEUE_SEGMENTS || d->size > UINT32_MAX - part->left)
		return false;
	if (!write && c->write.segment != UINT32_MAX)
		return false;
	if (d->size && d->address > UINT64_MAX - d->size)
		return false;
	if (part->segment == UINT32_MAX)
		part->segment = c->segments;
	c->segment[c->segments].address = d->address;
	c->segment[c->segments].size = d->size;
	c->segments++;
	part->left += d->size;
	return true;
}

static bool walk(struct virtqueue *q, struct virtqueue_chain *c, struct virtqueue_area *table,
		 uint32_t count, uint32_t index);

/* 2.7.5.3: it ends its chain, is a whole number of descriptors, and leads to no other. */
static bool walk_indirect(struct virtqueue *q, struct virtqueue_chain *c,
			  const struct descriptor *d)
{
	struct virtqueue_area table = {.address = d->address, .bytes = d->size};

	if (!q->common->indirect || (d->flags & NEXT) || !d->size || d->size % DESCRIPTOR_BYTES ||
	    d->size > VIRTQUEUE_SEGMENTS * DESCRIPTOR_BYTES || d->address > UINT64_MAX - d->size)
		return false;
	return walk(q, c, &table, d->size / DESCRIPTOR_BYTES, 0);
}

/* A chain that is longer than its table is a loop. */
static bool walk(struct virtqueue *q, struct virtqueue_chain *c, struct virtqueue_area *table,
		 uint32_t count, uint32_t index)
{
	struct descriptor d;

	for (uint32_t n = 0; n < count; n++) {
		if (index >= count || !fetch(q, table, index, &d))
			return false;
		if (d.flags & INDIRECT)
			return table == &q->descriptors && walk_indirect(q, c, &d);
		if (!add(c, &d))
			return false;
		if (!(d.flags & NEXT))
			return true;
		index = d.next;
	}
	return false;
}

bool virtqueue_walk(struct virtqueue *q, struct virtqueue_chain *chain, uint16_t head)
{
	chain->queue = q;
	chain->head = head;
	chain->segments = 0;
	chain->written = 0;
	chain->read = chain->write = (struct virtqueue_cursor){.segment = UINT32_MAX};
	return walk(q, chain, &q->descriptors, q->size, head);
}

/* The longest piece at the cursor that lies in one segment, @size bytes at most; moves on. */
static uint32_t step(const struct virtqueue_chain *c, struct virtqueue_cursor *at, uint32_t size,
		     uint64_t *address)
{
	const struct virtqueue_segment *s = &c->segment[at->segment];
	uint32_t n;

	/* Empty segments are passed over; what is left lies in others. */
	while (at->offset == s->size) {
		s = &c->segment[++at->segment];
		at->offset = 0;
	}
	n = s->size - at->offset < size ? s->size - at->offset : size;
	*address = s->address + at->offset;
	at->offset += n;
	at->left -= n;
	return n;
}

bool virtqueue_read(struct virtqueue_chain *chain, void *to, uint32_t size)
{
	uint64_t address;

	if (size > chain->read.left)
		return false;
	for (uint32_t done = 0, n; done < size; done += n) {
		n = step(chain, &chain->read, size - done, &address);
		if (!pci_dma_read(chain->queue->common->function, address, (uint8_t *)to + done, n))
			return virtqueue_break(chain->queue);
	}
	return true;
}

bool virtqueue_write(struct virtqueue_chain *chain, const void *from, uint32_t size)
{
	uint64_t address;

	if (size > chain->write.left)
		return false;
	for (uint32_t done = 0, n; done < size; done += n) {
		n = step(chain, &chain->write, size - done, &address);
		if (!pci_dma_write(chain->queue->common->function, address,
				   (const uint8_t *)from + done, n))
			return virtqueue_break(chain->queue);
	}
	chain->written += size;
	return true;
}

void *virtqueue_room(struct virtqueue_chain *chain, uint32_t size)
{
	struct virtqueue_cursor next = chain->write;
	uint32_t got = size;
	uint64_t address;
	void *host;

	if (!size || size > next.left || step(chain, &next, size, &address) != size)
		return NULL;
	host = pci_dma(chain->queue->common->function, address, &got, true);
	if (!host)
		virtqueue_break(chain->queue);
	if (!host || got < size)
		return NULL;
	chain->write = next;
	chain->written += size;
	return host;
}

bool virtqueue_skip(struct virtqueue_chain *chain, uint32_t size)
{
	uint64_t address;

	if (size > chain->read.left)
		return false;
	while (size)
		size -= step(chain, &chain->read, size, &address);
	return true;
}

uint64_t virtqueue_place(const struct virtqueue_chain *chain, uint32_t offset)
{
	struct virtqueue_cursor at = chain->write;
	uint64_t address = 0;

	for (uint32_t n; offset; offset -= n)
		n = step(chain, &at, offset, &address);
	step(chain, &at, 1, &address);
	return address;
}
