/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers that all devices share: virtio 1.2, 2.1, 5 and 6. */
#ifndef DEVICES_VIRTIO_VIRTIO_H
#define DEVICES_VIRTIO_VIRTIO_H

#include <stdint.h>

#define VIRTIO_ACKNOWLEDGE 1
#define VIRTIO_DRIVER      2
#define VIRTIO_DRIVER_OK   4
#define VIRTIO_FEATURES_OK 8
#define VIRTIO_NEEDS_RESET 64
#define VIRTIO_FAILED      128

/* Features by their bit. */
#define VIRTIO_F_INDIRECT_DESC   28
#define VIRTIO_F_EVENT_IDX       29
#define VIRTIO_F_VERSION_1       32
#define VIRTIO_F_ACCESS_PLATFORM 33
#define VIRTIO_F_ORDER_PLATFORM  36
#define VIRTIO_F_SR_IOV          37
#define VIRTIO_F_RING_RESET      40

#define VIRTIO_BIT(feature) (1ull << (feature))

#define VIRTIO_NET     1
#define VIRTIO_BLK     2
#define VIRTIO_CONSOLE 3
#define VIRTIO_RNG     4

#endif
