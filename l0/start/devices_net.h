/* SPDX-License-Identifier: Apache-2.0 */
/* Between start/devices.c and devices_net.c alone. */
#ifndef START_DEVICES_NET_H
#define START_DEVICES_NET_H

#include "devices/machine/devices.h"
#include "memory/frames.h"
#include "vcpu/vm.h"

/* So much of L0's memory for them, as zeroes; NULL: there is no room. */
void *devices_take(struct devices *d, struct frames *frames, uint64_t bytes);

/* The network function that the knobs say, its switch, and its end of a wire. False: no room. */
bool devices_make_net(struct vm *vm, struct frames *frames);

#endif
