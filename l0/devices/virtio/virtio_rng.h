/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entropy device (virtio 1.2, 5.4): one queue, whose buffers are filled. Its numbers are a function
 * of the seed, the same in every run: good for a guest that would wait for entropy, worth nothing
 * for a secret.
 */
#ifndef DEVICES_VIRTIO_VIRTIO_RNG_H
#define DEVICES_VIRTIO_VIRTIO_RNG_H

#include "devices/virtio/virtio_pci.h"

struct virtio_rng_config {
	struct virtio_pci_config pci;
	uint64_t seed;
};

struct virtio_rng {
	struct virtio_pci pci; /* first */
	uint64_t state;
};

/* Makes *rng, all zero, a function that is ready for pci_register(&rng->pci.function). */
void virtio_rng_init(struct virtio_rng *rng, const struct virtio_rng_config *config);

#endif
