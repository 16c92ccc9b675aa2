// SPDX-License-Identifier: Apache-2.0
#include "devices/virtio/virtio_polling.h"

static void no_kicks(struct pci_function *f, uint64_t now)
{
	(void)now;
	virtio_polled((struct virtio_pci *)f, true);
}

static void kicks_again(struct pci_function *f, uint64_t now)
{
	(void)now;
	virtio_polled((struct virtio_pci *)f, false);
}

static void turn_on(struct virtio_polling *p, uint64_t now)
{
	p->polled = true;
	p->since = now;
	p->turned++;
	pci_work(&p->device->function, no_kicks, now);
}

static void turn_off(struct virtio_polling *p, uint64_t now)
{
	p->polled = false;
	p->since = now;
	p->kicks = virtio_kicks(p->device);
	pci_work(&p->device->function, kicks_again, now);
}

void virtio_polling_init(struct virtio_polling *p)
{
	p->device->function.polled = true;
	if (!p->rate)
		turn_on(p, 0);
}

/* A window without enough kicks makes room for the next one. */
static void watch(struct virtio_polling *p, uint64_t now)
{
	uint32_t kicks = virtio_kicks(p->device);

	if (now - p->since >= p->window) {
		p->since = now;
		p->kicks = kicks;
	} else if (kicks - p->kicks >= p->rate) {
		turn_on(p, now);
	}
}

static unsigned look(struct virtio_polling *p, uint64_t now)
{
	uint32_t before = virtio_answered(p->device), done;

	pci_work(&p->device->function, virtio_poll, now);
	done = virtio_answered(p->device) - before;
	if (done)
		p->since = now;
	else if (p->rate && now - p->since >= p->idle)
		turn_off(p, now);
	return done;
}

unsigned virtio_polling_turn(void *of, uint64_t now, unsigned budget)
{
	struct virtio_polling *p = of;

	(void)budget; /* a queue has one of its own: virtio_drain() */
	if (p->polled)
		return look(p, now);
	watch(p, now);
	return pci_poll(&p->device->function, now);
}
