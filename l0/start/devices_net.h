/* SPDX-License-Identifier: Apache-2.0 */
/* Between start/devices.c, devices_net.c and fabric.c alone. */
#ifndef START_DEVICES_NET_H
#define START_DEVICES_NET_H

#include "devices/machine/devices.h"
#include "memory/frames.h"
#include "vcpu/vm.h"

/* So much of L0's memory for them, as zeroes; NULL: there is no room. */
void *devices_take(struct devices *d, struct frames *frames, uint64_t bytes);

/* What waits for a driver's buffers. */
#define DEVICES_NIC_QUEUE (UINT64_C(1) << 20)

/* One port more of the machine's switch. */
bool devices_add_port(struct vm *vm, struct switch_port *port, struct frames *frames,
		      uint64_t bytes);

/* Where the NIC goes, device and function, and puts it there. */
uint16_t devices_nic_id(const struct vm *vm);
bool devices_register_nic(struct vm *vm, struct pci_function *f);

/* start/fabric.c: the physical function and its virtual ones, on the bus. */
bool fabric_make(struct vm *vm, struct frames *frames);

/* The network function that the knobs say, its switch, and its end of a wire. False: no room. */
bool devices_make_net(struct vm *vm, struct frames *frames);

#endif
