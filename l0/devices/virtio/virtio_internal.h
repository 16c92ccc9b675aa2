/* SPDX-License-Identifier: Apache-2.0 */
/* Between the files of the transport alone; all under the function's lock. */
#ifndef DEVICES_VIRTIO_VIRTIO_INTERNAL_H
#define DEVICES_VIRTIO_VIRTIO_INTERNAL_H

#include "devices/virtio/virtio_pci.h"

/* Pages of the BAR. */
enum virtio_page {
	VIRTIO_PAGE_COMMON,
	VIRTIO_PAGE_ISR,
	VIRTIO_PAGE_CONFIG,
	VIRTIO_PAGE_NOTIFY,
	VIRTIO_PAGES,
};

#define MSIX_TABLE   0x4000u
#define MSIX_PENDING 0x4800u

/* Fields of a capability, 4.1.4. */
#define VIRTIO_CAP_BAR    4
#define VIRTIO_CAP_OFFSET 8
#define VIRTIO_CAP_SIZE   12
#define VIRTIO_CAP_MORE   16 /* of notify: the stride; of the window: the data */

extern const struct pci_ops virtio_pci_ops;

/* Which bytes of the BAR the window shows; false if there is nothing that it may reach. */
bool virtio_window(const struct virtio_pci *v, uint32_t *offset, unsigned *size);

/* Everything as before a driver: features, queues, interrupts, the device's own state. */
void virtio_reset(struct virtio_pci *v);
void virtio_set_status(struct virtio_pci *v, uint8_t value);

uint64_t virtio_common_read(struct virtio_pci *v, uint32_t offset, unsigned size);
void virtio_common_write(struct virtio_pci *v, uint32_t offset, unsigned size, uint64_t value);

#endif
