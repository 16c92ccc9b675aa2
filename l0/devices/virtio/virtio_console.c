// SPDX-License-Identifier: Apache-2.0
#include "devices/virtio/virtio_console.h"

#include "devices/devices_host.h"
#include "devices/virtio/virtio.h"
#include "lib/string.h"

#define QUEUE_IN  0
#define QUEUE_OUT 1
#define BUDGET    16   /* chains in one call */
#define LONGEST   4096 /* bytes of one chain that are looked at; no console writes more at once */

#define F_SIZE        0
#define F_EMERG_WRITE 2

/* 5.3.4 */
struct console_config {
	uint16_t columns, rows;
	uint32_t ports;
	uint32_t emergency;
};

static struct virtio_console *of(struct virtio_pci *v)
{
	return (struct virtio_console *)v;
}

static void put(struct virtio_pci *v, unsigned queue, struct virtqueue_chain *chain)
{
	uint32_t left = chain->read.left < LONGEST ? chain->read.left : LONGEST;
	uint8_t bytes[64];

	while (left) {
		uint32_t n = left < sizeof(bytes) ? left : sizeof(bytes);

		if (!virtqueue_read(chain, bytes, n))
			return;
		for (uint32_t i = 0; i < n; i++)
			devices_console_put(of(v), bytes[i]);
		left -= n;
	}
	virtqueue_put(&v->queue[queue], chain->head, 0);
}

/* As many bytes of the FIFO as the chain takes and lie in one piece. */
static void fill(struct virtio_console *console, struct virtqueue_chain *chain)
{
	uint32_t at = console->head % VIRTIO_CONSOLE_FIFO;
	uint32_t n = VIRTIO_CONSOLE_FIFO - at;

	n = n < console->count ? n : console->count;
	n = n < chain->write.left ? n : chain->write.left;
	if (!virtqueue_write(chain, console->fifo + at, n))
		return;
	console->head += n;
	console->count -= n;
	virtqueue_put(chain->queue, chain->head, n);
}

static void receive(struct virtio_pci *v)
{
	struct virtqueue *q = &v->queue[QUEUE_IN];
	unsigned budget = BUDGET;

	if (!virtio_ready(v) || !q->enabled)
		return;
	while (of(v)->count && budget-- &&
	       (virtqueue_take(q, &v->chain) ||
		(virtqueue_rest(q) && virtqueue_take(q, &v->chain))))
		fill(of(v), &v->chain);
	virtio_done(v, QUEUE_IN);
}

static void kick(struct virtio_pci *v, unsigned queue)
{
	if (queue == QUEUE_OUT)
		virtio_drain(v, queue, BUDGET, put);
	else
		receive(v);
}

static void run(struct virtio_pci *v)
{
	receive(v);
}

static void ready(struct virtio_pci *v)
{
	receive(v);
}

/* 5.3.4: a byte for who has no queues yet. */
static void config_written(struct virtio_pci *v, unsigned offset, unsigned size, uint32_t value)
{
	(void)size;
	if (offset == offsetof(struct console_config, emergency))
		devices_console_put(of(v), (uint8_t)value);
}

static const struct virtio_ops ops = {
	.kick = kick,
	.run = run,
	.ready = ready,
	.config_written = config_written,
};

static const struct virtio_type type = {
	.device = VIRTIO_CONSOLE,
	.class_code = 0x078000,
	.features = VIRTIO_BIT(F_SIZE) | VIRTIO_BIT(F_EMERG_WRITE),
	.config_bytes = sizeof(struct console_config),
	.ops = &ops,
};

void virtio_console_init(struct virtio_console *console, const struct virtio_console_config *config)
{
	const struct console_config c = {
		.columns = config->columns ? config->columns : 80,
		.rows = config->rows ? config->rows : 25,
		.ports = 1,
	};

	memcpy(console->pci.config, &c, sizeof(c));
	virtio_pci_init(&console->pci, &type, 2, &config->pci);
}

bool virtio_console_receive(struct virtio_console *console, uint8_t c, uint64_t now)
{
	struct pci_function *f = &console->pci.function;
	bool room;

	lock_take(&f->lock);
	room = console->count < VIRTIO_CONSOLE_FIFO;
	if (room)
		console->fifo[(console->head + console->count++) % VIRTIO_CONSOLE_FIFO] = c;
	lock_give(&f->lock);
	if (room)
		pci_wake(f, now);
	return room;
}
