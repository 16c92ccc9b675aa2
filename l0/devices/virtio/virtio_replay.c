// SPDX-License-Identifier: Apache-2.0
#include "devices/virtio/virtio_replay.h"

#include <stddef.h>

#include "devices/devices_host.h"

#define TRANSMIT 1 /* the queue that is watched: the first pair's */

/* ---- what it has been given ---- */

static struct replay_watch *find(struct replay *r, const void *host, uint64_t iova)
{
	for (unsigned i = 0; i < r->watches; i++)
		if (r->watch[i].host == host && (!host || r->watch[i].iova == iova))
			return &r->watch[i];
	return NULL;
}

/* The last segment that is to be read: with a header of its own, the first has no packet. */
static uint64_t read_from(const struct virtqueue_chain *chain)
{
	uint32_t last = chain->segments;

	if (chain->write.segment != UINT32_MAX)
		last = chain->write.segment;
	return chain->segment[last - 1].address;
}

static void watch(struct replay *r, struct pci_function *f, uint64_t iova)
{
	struct replay_watch *w = find(r, NULL, 0);
	const void *host = devices_mapped(f, iova);

	if (!w || !host || find(r, host, iova))
		return;
	*w = (struct replay_watch){.host = host, .iova = iova, .there = devices_now(f)};
	r->counters.watched++;
}

/* What lies in the queue is sent in this turn, or the next: it is looked at, and left there. */
static void look_ahead(struct replay *r, struct virtio_pci *v)
{
	struct virtqueue *q = &v->queue[TRANSMIT];
	uint16_t taken = 0;

	for (; taken < r->watches && virtqueue_take(q, &r->chain); taken++)
		if (r->chain.read.left)
			watch(r, &v->function, read_from(&r->chain));
	virtqueue_rewind(q, taken, 0);
}

/* ---- what it still gets ---- */

static const void *read_again(struct replay *r, struct pci_function *f, uint64_t iova)
{
	uint32_t size = 1;
	const volatile uint8_t *host = pci_dma(f, iova, &size, false);

	r->counters.replays++;
	if (!host)
		return NULL;
	if (!devices_own(f, iova, (const void *)host)) {
		r->counters.foreign++;
		return NULL;
	}
	(void)*host;
	r->counters.reached++;
	return (const void *)host;
}

/* Mapped again. The guest may change its mind meanwhile: what it said before and says after counts.
 */
static void give_up(struct replay *r, struct pci_function *f, struct replay_watch *w,
		    const void *says)
{
	const void *got = read_again(r, f, w->iova);

	r->counters.wrong += got && got != says && devices_mapped(f, w->iova) == says;
	r->until[r->counters.reused++] = w->last - w->gone;
	w->host = NULL;
}

static void close(struct replay *r, struct replay_watch *w, uint64_t now)
{
	uint64_t at = r->counters.closed++;

	r->seen[at] = w->last - w->gone;
	r->most[at] = now - w->there;
	w->host = NULL;
}

static void look_at_gone(struct replay *r, struct pci_function *f, struct replay_watch *w,
			 uint64_t now)
{
	if (!w->gone)
		w->gone = w->last = now;
	if (read_again(r, f, w->iova))
		w->last = now;
	else
		close(r, w, devices_now(f));
}

static void look(struct replay *r, struct pci_function *f, struct replay_watch *w)
{
	uint64_t now = devices_now(f);
	const void *says = devices_mapped(f, w->iova);

	if (!says)
		look_at_gone(r, f, w, now);
	else if (says != w->host || w->gone)
		give_up(r, f, w, says);
	else
		w->there = now;
}

static bool full(const struct replay *r)
{
	return r->counters.closed + r->counters.reused == REPLAY_WINDOWS;
}

static void misbehave(struct pci_function *f, uint64_t now)
{
	struct virtio_net *net = (struct virtio_net *)f;
	struct replay *r = net->replay;

	(void)now;
	net->pci.common.epoch = pci_dma_epoch(f);
	if (!net->pci.common.epoch || !virtio_ready(&net->pci))
		return;
	for (unsigned i = 0; i < r->watches && !full(r); i++)
		if (r->watch[i].host)
			look(r, f, &r->watch[i]);
	if (find(r, NULL, 0))
		look_ahead(r, &net->pci);
}

unsigned replay_turn(void *of, uint64_t now, unsigned budget)
{
	struct virtio_net *net = of;

	(void)budget;
	if (!full(net->replay))
		pci_work(&net->pci.function, misbehave, now);
	return pci_poll(&net->pci.function, now);
}

static void add_open(struct replay_counters *c, const struct replay_watch *w)
{
	if (!w->host || !w->gone)
		return;
	c->open++;
	if (w->last - w->gone > c->open_most)
		c->open_most = w->last - w->gone;
}

struct replay_counters replay_end(struct virtio_net *net)
{
	struct replay *r = net->replay;
	struct replay_counters c;

	lock_take(&net->pci.function.lock);
	c = r->counters;
	for (; r->watches; r->watches--)
		add_open(&c, &r->watch[r->watches - 1]);
	lock_give(&net->pci.function.lock);
	return c;
}
