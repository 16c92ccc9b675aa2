// SPDX-License-Identifier: Apache-2.0
#include "devices/virtio/virtio_pci.h"

#include "devices/virtio/virtio.h"
#include "lib/string.h"
#include "platform/clock.h"

/* 4.1.4.5: what INTx was for. */
#define ISR_QUEUE  1
#define ISR_CONFIG 2

static struct virtio_pci *of(struct pci_function *f)
{
	return (struct virtio_pci *)f;
}

bool virtio_has(const struct virtio_pci *v, unsigned feature)
{
	return v->accepted & VIRTIO_BIT(feature);
}

bool virtio_ready(const struct virtio_pci *v)
{
	return (v->status & VIRTIO_DRIVER_OK) && !v->common.broken;
}

static void interrupt(struct virtio_pci *v, uint16_t vector, uint8_t why)
{
	if (!pci_message_mode(&v->function)) {
		v->isr |= why;
		pci_intx(&v->function, true);
	} else if (vector != VIRTIO_NO_VECTOR) {
		pci_message(&v->function, vector);
	}
}

void virtio_done(struct virtio_pci *v, unsigned queue)
{
	struct virtqueue *q = &v->queue[queue];

	if (virtqueue_publish(q))
		interrupt(v, q->vector, ISR_QUEUE);
}

void virtio_config_changed(struct virtio_pci *v)
{
	v->generation++;
	if (v->status & VIRTIO_DRIVER_OK)
		interrupt(v, v->config_vector, ISR_CONFIG);
}

/*
 * A callback begins: what was reached of the rings before is forgotten. One that comes by the window
 * of the configuration space has no time of its own.
 */
static void enter(struct virtio_pci *v, uint64_t now)
{
	v->now = now;
	v->common.turn++;
}

/* And ends: a device that broke says so once (2.1.2), and its next deadline is set. */
static void leave(struct virtio_pci *v)
{
	uint64_t due = v->type->ops->due ? v->type->ops->due(v) : CLOCK_NEVER;

	if (v->common.broken && !(v->status & VIRTIO_NEEDS_RESET)) {
		v->status |= VIRTIO_NEEDS_RESET;
		virtio_config_changed(v);
	}
	if (v->again || due <= v->now)
		due = v->now + VIRTIO_BREATH;
	pci_set_due(&v->function, due);
}

static void kick(struct virtio_pci *v, unsigned queue)
{
	if (queue < v->queues && virtio_ready(v) && v->queue[queue].enabled)
		v->type->ops->kick(v, queue, v->now);
}

void virtio_drain(struct virtio_pci *v, unsigned queue, unsigned budget, virtio_one *one)
{
	struct virtqueue *q = &v->queue[queue];

	v->again &= ~(1u << queue);
	do {
		for (; budget && virtqueue_take(q, &v->chain); budget--)
			one(v, queue, &v->chain);
	} while (budget && virtqueue_rest(q));
	if (!budget)
		v->again |= 1u << queue;
	virtio_done(v, queue);
}

void virtio_pci_reset(struct virtio_pci *v)
{
	for (unsigned i = 0; i < v->queues; i++)
		virtqueue_reset(&v->queue[i], &v->common, v->queue[i].limit);
	v->common.broken = v->common.event_index = v->common.indirect = false;
	v->accepted = v->again = 0;
	v->device_select = v->driver_select = v->queue_select = 0;
	v->config_vector = VIRTIO_NO_VECTOR;
	v->status = v->isr = 0;
	pci_intx(&v->function, false);
	if (v->type->ops->reset)
		v->type->ops->reset(v);
}

/* 6.1: a device may insist on ACCESS_PLATFORM where it offers it, and on VERSION_1. */
static bool features_ok(const struct virtio_pci *v)
{
	uint64_t must = VIRTIO_BIT(VIRTIO_F_VERSION_1) | VIRTIO_BIT(VIRTIO_F_ACCESS_PLATFORM);

	if ((v->accepted & ~v->offered) || (v->offered & must & ~v->accepted))
		return false;
	for (unsigned i = 0; i < v->type->needs_count; i++)
		if (virtio_has(v, v->type->needs[i].feature) &&
		    !virtio_has(v, v->type->needs[i].needs))
			return false;
	return true;
}

/* 2.1.1 and 3.1.1: bits are added one after the other, and only a reset takes them away. */
void virtio_set_status(struct virtio_pci *v, uint8_t value)
{
	uint8_t added = (uint8_t)(value & ~(v->status | VIRTIO_NEEDS_RESET));

	if (value == 0) {
		virtio_pci_reset(v);
		return;
	}
	if ((added & VIRTIO_FEATURES_OK) && !features_ok(v))
		added &= (uint8_t)~VIRTIO_FEATURES_OK;
	v->status |= (uint8_t)(added & ~VIRTIO_DRIVER_OK);
	v->common.event_index = virtio_has(v, VIRTIO_F_EVENT_IDX);
	v->common.indirect = virtio_has(v, VIRTIO_F_INDIRECT_DESC);
	if (!(added & VIRTIO_DRIVER_OK) || !(v->status & VIRTIO_FEATURES_OK))
		return;
	v->status |= VIRTIO_DRIVER_OK;
	if (v->type->ops->ready)
		v->type->ops->ready(v, v->now);
}

/* ---- the BAR, a page for each structure ---- */

/* Reading acknowledges, 4.1.4.5. */
static uint64_t isr_read(struct virtio_pci *v, uint32_t offset, unsigned size)
{
	uint8_t isr = v->isr;

	(void)size;
	if (offset != 0)
		return 0;
	v->isr = 0;
	pci_intx(&v->function, false);
	return isr;
}

static bool in_config(const struct virtio_pci *v, uint32_t offset, unsigned size)
{
	return offset < v->type->config_bytes && size <= v->type->config_bytes - offset;
}

static uint64_t config_read(struct virtio_pci *v, uint32_t offset, unsigned size)
{
	uint64_t value = 0;

	if (in_config(v, offset, size))
		memcpy(&value, v->config + offset, size);
	return value;
}

static void config_write(struct virtio_pci *v, uint32_t offset, unsigned size, uint64_t value)
{
	if (in_config(v, offset, size) && v->type->ops->config_written)
		v->type->ops->config_written(v, offset, size, (uint32_t)value);
}

/* The queue is told by the place, which each has for itself: the value says no more. */
static void notify_write(struct virtio_pci *v, uint32_t offset, unsigned size, uint64_t value)
{
	(void)size;
	(void)value;
	kick(v, offset / VIRTIO_NOTIFY_STRIDE);
}

/* The structures that capabilities point to, 4.1.4, in the order of their pages. */
static const struct page {
	uint8_t structure; /* cfg_type */
	uint32_t bytes;
	uint64_t (*read)(struct virtio_pci *v, uint32_t offset, unsigned size);
	void (*write)(struct virtio_pci *v, uint32_t offset, unsigned size, uint64_t value);
} pages[] = {
	{1, VIRTIO_PAGE, virtio_common_read, virtio_common_write},
	{3, VIRTIO_PAGE, isr_read, NULL},
	{4, VIRTIO_PAGE, config_read, config_write},
	{2, VIRTIO_PAGE, NULL, notify_write},
};

#define PAGES (sizeof(pages) / sizeof(pages[0]))
#define MSIX_TABLE   0x4000u
#define MSIX_PENDING 0x4800u

static uint64_t bar_read(struct virtio_pci *v, uint32_t offset, unsigned size)
{
	const struct page *page = &pages[offset / VIRTIO_PAGE];

	if (offset / VIRTIO_PAGE >= PAGES || !page->read)
		return 0;
	return page->read(v, offset % VIRTIO_PAGE, size);
}

static void bar_write(struct virtio_pci *v, uint32_t offset, unsigned size, uint64_t value)
{
	const struct page *page = &pages[offset / VIRTIO_PAGE];

	if (offset / VIRTIO_PAGE < PAGES && page->write)
		page->write(v, offset % VIRTIO_PAGE, size, value);
}

static uint64_t op_read(struct pci_function *f, const struct pci_access *a)
{
	return bar_read(of(f), a->offset, a->size);
}

static void op_write(struct pci_function *f, const struct pci_access *a, uint64_t value)
{
	struct virtio_pci *v = of(f);

	enter(v, a->now);
	bar_write(v, a->offset, a->size, value);
	leave(v);
}

/* ---- capabilities ---- */

#define CAP_VENDOR  0x09
#define CAP_BYTES   16 /* of one, 4.1.4; two have a word more */
#define CAP_LENGTH  2
#define CAP_TYPE    3
#define CAP_BAR     4
#define CAP_OFFSET  8
#define CAP_SIZE    12
#define CAP_MORE    16 /* notify: the stride; window: the data */
#define TYPE_NOTIFY 2
#define TYPE_WINDOW 5

static unsigned add_capability(struct virtio_pci *v, unsigned type, uint32_t offset, uint32_t size)
{
	bool more = type == TYPE_NOTIFY || type == TYPE_WINDOW;
	unsigned bytes = CAP_BYTES + (more ? 4 : 0);
	unsigned at = pci_add_capability(&v->function, CAP_VENDOR, bytes);

	pci_set(&v->function, at + CAP_LENGTH, 1, bytes);
	pci_set(&v->function, at + CAP_TYPE, 1, type);
	pci_set(&v->function, at + CAP_BAR, 1, VIRTIO_BAR);
	pci_set(&v->function, at + CAP_OFFSET, 4, offset);
	pci_set(&v->function, at + CAP_SIZE, 4, size);
	return at;
}

/* The BAR for who cannot reach it, 4.1.4.9: BAR, place, size and data are the driver's to write. */
static void add_window(struct virtio_pci *v)
{
	struct pci_function *f = &v->function;
	unsigned at = add_capability(v, TYPE_WINDOW, 0, 0);

	pci_set_writable(f, at + CAP_BAR, 1, 0xff);
	pci_set_writable(f, at + CAP_OFFSET, 4, 0xffffffff);
	pci_set_writable(f, at + CAP_SIZE, 4, 0xffffffff);
	pci_set_writable(f, at + CAP_MORE, 4, 0xffffffff);
	v->window = (uint8_t)at;
}

static void add_capabilities(struct virtio_pci *v)
{
	for (unsigned i = 0; i < PAGES; i++) {
		unsigned at = add_capability(v, pages[i].structure, i * VIRTIO_PAGE, pages[i].bytes);

		if (pages[i].structure == TYPE_NOTIFY)
			pci_set(&v->function, at + CAP_MORE, 4, VIRTIO_NOTIFY_STRIDE);
	}
	add_window(v);
}

/* Where the window stands: false if there is nothing that it may reach. */
static bool window_at(const struct virtio_pci *v, uint32_t *offset, unsigned *size)
{
	const struct pci_function *f = &v->function;
	uint32_t bytes = pci_get(f, v->window + CAP_SIZE, 4);

	*offset = pci_get(f, v->window + CAP_OFFSET, 4);
	*size = bytes;
	return pci_get(f, v->window + CAP_BAR, 1) == VIRTIO_BAR &&
	       (bytes == 1 || bytes == 2 || bytes == 4) && *offset % bytes == 0 &&
	       *offset < PAGES * VIRTIO_PAGE;
}

/*
 * What is written to the data goes to the BAR; what is to be read from it is fetched when the window
 * is moved there, for a read of the configuration space asks no device.
 */
static void op_config_written(struct pci_function *f, unsigned reg, unsigned size)
{
	struct virtio_pci *v = of(f);
	unsigned data = v->window + CAP_MORE, bytes;
	uint32_t offset;

	if (reg + size <= v->window + CAP_BAR || reg >= data + 4u || !window_at(v, &offset, &bytes))
		return;
	enter(v, v->now);
	if (reg + size > data)
		bar_write(v, offset, bytes, pci_get(f, data, bytes));
	else
		pci_set(f, data, 4, (uint32_t)bar_read(v, offset, bytes));
	leave(v);
}

/* ---- time and reset ---- */

static void catch_up(struct virtio_pci *v)
{
	uint32_t again = v->again;

	for (unsigned i = 0; again >> i; i++)
		if (again >> i & 1)
			kick(v, i);
	if (v->type->ops->run)
		v->type->ops->run(v, v->now);
}

static void op_run(struct pci_function *f, uint64_t now)
{
	enter(of(f), now);
	catch_up(of(f));
	leave(of(f));
}

static void op_reset(struct pci_function *f)
{
	struct virtio_pci *v = of(f);

	enter(v, v->now);
	virtio_pci_reset(v);
	leave(v);
}

static void poll_queues(struct virtio_pci *v)
{
	for (unsigned i = 0; i < v->queues; i++)
		if (virtqueue_poll(&v->queue[i]))
			kick(v, i);
}

void virtio_poll(struct pci_function *f, uint64_t now)
{
	struct virtio_pci *v = of(f);

	enter(v, now);
	if (virtio_ready(v))
		poll_queues(v);
	if (v->type->ops->run)
		v->type->ops->run(v, now);
	leave(v);
}

void virtio_polled(struct virtio_pci *v, bool polled, uint64_t now)
{
	enter(v, now);
	v->common.polled = polled;
	for (unsigned i = 0; i < v->queues; i++)
		if (virtio_ready(v) && virtqueue_rest(&v->queue[i]))
			kick(v, i);
	leave(v);
}

static const struct pci_ops pci_ops = {
	.read = op_read,
	.write = op_write,
	.config_written = op_config_written,
	.run = op_run,
	.reset = op_reset,
};

/* ---- set-up ---- */

#define VENDOR       0x1af4
#define DEVICE_BASE  0x1040 /* 4.1.2: of those without a legacy interface */
#define SUBDEVICE    0x1100
#define REVISION     1

static const uint64_t transport_features =
	VIRTIO_BIT(VIRTIO_F_INDIRECT_DESC) | VIRTIO_BIT(VIRTIO_F_EVENT_IDX) |
	VIRTIO_BIT(VIRTIO_F_VERSION_1) | VIRTIO_BIT(VIRTIO_F_ACCESS_PLATFORM) |
	VIRTIO_BIT(VIRTIO_F_RING_RESET);

static void function_init(struct virtio_pci *v, const struct virtio_pci_config *config)
{
	struct pci_function *f = &v->function;
	const struct pci_identity identity = {
		.vendor = VENDOR,
		.device = (uint16_t)(DEVICE_BASE + v->type->device),
		.subvendor = VENDOR,
		.subdevice = SUBDEVICE,
		.class_code = v->type->class_code,
		.revision = REVISION,
		.pin = 1,
	};

	pci_function_init(f, config->id, &identity, &pci_ops);
	pci_add_bar(f, VIRTIO_BAR, config->bar ? config->bar : PCI_BAR_64, VIRTIO_BAR_SIZE);
	pci_add_msix(f, VIRTIO_BAR, v->queues + 1u, MSIX_TABLE, MSIX_PENDING);
	pci_add_express(f);
	add_capabilities(v);
}

void virtio_pci_init(struct virtio_pci *v, const struct virtio_type *type, unsigned queues,
		     const struct virtio_pci_config *config)
{
	uint16_t limit = config->queue_size ? config->queue_size : VIRTQUEUE_SIZE_MAX;

	v->type = type;
	v->queues = (uint8_t)queues;
	v->offered = (type->features | transport_features) & ~config->without;
	v->common.function = &v->function;
	v->config_vector = VIRTIO_NO_VECTOR;
	for (unsigned i = 0; i < queues; i++)
		virtqueue_reset(&v->queue[i], &v->common, limit);
	function_init(v, config);
}
