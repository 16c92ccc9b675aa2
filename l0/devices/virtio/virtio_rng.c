// SPDX-License-Identifier: Apache-2.0
#include "devices/virtio/virtio_rng.h"

#include "devices/virtio/virtio.h"

#define BUDGET        16  /* buffers in one call */
#define BYTES_AT_ONCE 256 /* a device may fill less than the buffer, 5.4.6 */
#define ANY_SEED      0x9e3779b97f4a7c15ull

/* Marsaglia's xorshift with a multiplication behind it; its state is never 0. */
static uint64_t next(struct virtio_rng *rng)
{
	rng->state ^= rng->state >> 12;
	rng->state ^= rng->state << 25;
	rng->state ^= rng->state >> 27;
	return rng->state * 0x2545f4914f6cdd1dull;
}

static void fill(struct virtio_pci *v, unsigned queue, struct virtqueue_chain *chain)
{
	struct virtio_rng *rng = (struct virtio_rng *)v;
	uint32_t bytes = chain->write.left < BYTES_AT_ONCE ? chain->write.left : BYTES_AT_ONCE;

	while (bytes) {
		uint64_t word = next(rng);
		uint32_t n = bytes < sizeof(word) ? bytes : sizeof(word);

		if (!virtqueue_write(chain, &word, n))
			return;
		bytes -= n;
	}
	virtqueue_put(&v->queue[queue], chain->head, chain->written);
}

static void kick(struct virtio_pci *v, unsigned queue)
{
	virtio_drain(v, queue, BUDGET, fill);
}

static const struct virtio_ops ops = {.kick = kick};

static const struct virtio_type type = {
	.device = VIRTIO_RNG,
	.class_code = 0x00ff00,
	.ops = &ops,
};

void virtio_rng_init(struct virtio_rng *rng, const struct virtio_rng_config *config)
{
	rng->state = config->seed ? config->seed : ANY_SEED;
	virtio_pci_init(&rng->pci, &type, 1, &config->pci);
}
