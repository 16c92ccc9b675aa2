/* SPDX-License-Identifier: Apache-2.0 */
/* What the devices ask of their surroundings: L0's core provides it, and so does the unit test. */
#ifndef DEVICES_DEVICES_HOST_H
#define DEVICES_DEVICES_HOST_H

#include <stdint.h>

struct virtio_console;

/* One byte that the guest has written to @console, whose function's lock is held. */
void devices_console_put(struct virtio_console *console, uint8_t c);

#endif
