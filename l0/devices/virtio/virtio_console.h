/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Console (virtio 1.2, 5.3) of one port: what the guest writes goes to devices_console_put(), byte
 * by byte; what comes in waits in a FIFO for the driver's buffers.
 */
#ifndef DEVICES_VIRTIO_VIRTIO_CONSOLE_H
#define DEVICES_VIRTIO_VIRTIO_CONSOLE_H

#include "devices/virtio/virtio_pci.h"

#define VIRTIO_CONSOLE_FIFO 256

struct virtio_console_config {
	struct virtio_pci_config pci;
	uint16_t columns, rows; /* 0: 80 and 25 */
};

struct virtio_console {
	struct virtio_pci pci; /* first */
	uint32_t head, count;
	uint8_t fifo[VIRTIO_CONSOLE_FIFO];
};

/* Makes *console, all zero, a function that is ready for pci_register(&console->pci.function). */
void virtio_console_init(struct virtio_console *console,
			 const struct virtio_console_config *config);

/*
 * Byte @c comes in at @now: from any CPU, without the function's lock. False: the FIFO is full, and
 * the byte was not taken.
 */
bool virtio_console_receive(struct virtio_console *console, uint8_t c, uint64_t now);

#endif
