// SPDX-License-Identifier: Apache-2.0
#include "devices/virtio/virtio_pci.h"

#include "devices/virtio/virtio.h"
#include "devices/devices_host.h"
#include "devices/virtio/virtio_internal.h"
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

/* A callback begins: is what was reached of the rings before still there? */
static void enter(struct virtio_pci *v)
{
	v->common.epoch = pci_dma_epoch(&v->function);
}

/* And ends: a device that broke says so once (2.1.2), and its next deadline is set. */
static void leave(struct virtio_pci *v)
{
	uint64_t due = v->type->ops->due ? v->type->ops->due(v) : CLOCK_NEVER;

	if (v->common.broken && !(v->status & VIRTIO_NEEDS_RESET)) {
		v->status |= VIRTIO_NEEDS_RESET;
		virtio_config_changed(v);
	}
	if (v->again || due <= v->function.now)
		due = v->function.now + (v->function.polled ? 0 : VIRTIO_BREATH);
	pci_set_due(&v->function, due);
}

static void kick(struct virtio_pci *v, unsigned queue)
{
	if (queue < v->queues && virtio_ready(v) && v->queue[queue].enabled)
		v->type->ops->kick(v, queue);
}

void virtio_drain(struct virtio_pci *v, unsigned queue, unsigned budget, virtio_one *one)
{
	struct virtqueue *q = &v->queue[queue];

	v->again &= ~(1u << queue);
	do {
		for (; budget && virtqueue_take(q, &v->chain); budget--)
			one(v, queue, &v->chain);
		if (!budget && virtqueue_poll(q))
			v->again |= 1u << queue;
	} while (!(v->again >> queue & 1) && virtqueue_rest(q));
	virtio_done(v, queue);
}

void virtio_reset(struct virtio_pci *v)
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
		virtio_reset(v);
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
		v->type->ops->ready(v);
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
	__atomic_store_n(&v->kicks, v->kicks + 1, __ATOMIC_RELAXED);
	kick(v, offset / VIRTIO_NOTIFY_STRIDE);
}

static const struct page {
	uint64_t (*read)(struct virtio_pci *v, uint32_t offset, unsigned size);
	void (*write)(struct virtio_pci *v, uint32_t offset, unsigned size, uint64_t value);
} pages[VIRTIO_PAGES] = {
	[VIRTIO_PAGE_COMMON] = {virtio_common_read, virtio_common_write},
	[VIRTIO_PAGE_ISR] = {isr_read, NULL},
	[VIRTIO_PAGE_CONFIG] = {config_read, config_write},
	[VIRTIO_PAGE_NOTIFY] = {NULL, notify_write},
};

static uint64_t bar_read(struct virtio_pci *v, uint32_t offset, unsigned size)
{
	uint32_t page = offset / VIRTIO_PAGE;

	if (page >= VIRTIO_PAGES || !pages[page].read)
		return 0;
	return pages[page].read(v, offset % VIRTIO_PAGE, size);
}

static void bar_write(struct virtio_pci *v, uint32_t offset, unsigned size, uint64_t value)
{
	uint32_t page = offset / VIRTIO_PAGE;

	if (page < VIRTIO_PAGES && pages[page].write)
		pages[page].write(v, offset % VIRTIO_PAGE, size, value);
}

static uint64_t op_read(struct pci_function *f, const struct pci_access *a)
{
	return bar_read(of(f), a->offset, a->size);
}

static void op_write(struct pci_function *f, const struct pci_access *a, uint64_t value)
{
	struct virtio_pci *v = of(f);

	enter(v);
	bar_write(v, a->offset, a->size, value);
	leave(v);
}

/*
 * What is written to the data goes to the BAR; what is to be read from it is fetched when the
 * window is moved there, for a read of the configuration space asks no device.
 */
static void op_config_written(struct pci_function *f, unsigned reg, unsigned size)
{
	struct virtio_pci *v = of(f);
	unsigned first = v->window + VIRTIO_CAP_BAR, data = v->window + VIRTIO_CAP_MORE, bytes;
	uint32_t offset;

	if (reg + size <= first || reg >= data + 4u || !virtio_window(v, &offset, &bytes))
		return;
	enter(v);
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
		v->type->ops->run(v);
}

static bool kicked(const struct virtio_pci *v, unsigned queue)
{
	return __atomic_load_n(&v->notify[queue], __ATOMIC_RELAXED) != VIRTIO_NO_KICK;
}

static bool op_rung(const struct pci_function *f)
{
	const struct virtio_pci *v = (const struct virtio_pci *)f;
	bool any = false;

	for (unsigned i = 0; v->notify && !f->absent && i < v->queues; i++)
		any |= kicked(v, i);
	return any;
}

/* For who measures how long its interrupt takes: behind all words of queues, 4.1.4.4. */
static void tell_sent(struct virtio_pci *v)
{
	uint64_t *page = (uint64_t *)v->notify;

	__atomic_store_n(&page[VIRTIO_SENT / sizeof(*page)], devices_sent(&v->function),
			 __ATOMIC_RELEASE);
}

/* The word is taken before the queue is looked at: what comes after that kicks anew. */
static void take_kicks(struct virtio_pci *v)
{
	for (unsigned i = 0; v->notify && i < v->queues; i++)
		if (kicked(v, i)) {
			__atomic_exchange_n(&v->notify[i], VIRTIO_NO_KICK, __ATOMIC_SEQ_CST);
			kick(v, i);
			tell_sent(v);
		}
}

static void op_run(struct pci_function *f, uint64_t now)
{
	(void)now; /* it is f->now, as everywhere */
	enter(of(f));
	catch_up(of(f));
	take_kicks(of(f));
	leave(of(f));
}

static void op_reset(struct pci_function *f)
{
	struct virtio_pci *v = of(f);

	enter(v);
	virtio_reset(v);
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

	(void)now;
	enter(v);
	if (virtio_ready(v))
		poll_queues(v);
	if (v->type->ops->run)
		v->type->ops->run(v);
	leave(v);
}

void virtio_polled(struct virtio_pci *v, bool polled)
{
	enter(v);
	v->common.polled = polled;
	for (unsigned i = 0; i < v->queues; i++)
		if (virtio_ready(v) && virtqueue_rest(&v->queue[i]))
			kick(v, i);
	leave(v);
}

const struct pci_ops virtio_pci_ops = {
	.read = op_read,
	.write = op_write,
	.config_written = op_config_written,
	.run = op_run,
	.reset = op_reset,
	.rung = op_rung,
};
