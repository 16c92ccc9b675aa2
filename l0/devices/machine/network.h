/* SPDX-License-Identifier: Apache-2.0 */
/* A machine's network function, its switch, and its end of a wire. */
#ifndef DEVICES_MACHINE_NETWORK_H
#define DEVICES_MACHINE_NETWORK_H

#include "devices/e1000/e1000.h"
#include "devices/net/switch.h"
#include "devices/net/wire.h"
#include "devices/virtio/virtio_net.h"
#include "platform/pci_port.h"

/* All zero is none. */
struct devices_net {
	struct pci_function uplink_function; /* first: it is its network */
	bool present;
	struct net_switch net;
	struct switch_port uplink, port;
	struct wire wire;     /* unused in a neighbour whose wire goes to the machine under test */
	struct wire_end *end; /* of this wire, or of the other machine's; NULL: no wire */
	struct peer peer;
	struct e1000 e1000;
	struct virtio_net virtio; /* or nic=function, with these virtual ones */
	unsigned vfs;
	struct virtio_net *vf;
	struct switch_port vf_port[PCI_VFS_MAX];
	struct pci_iov iov;
	struct pci_port root; /* what nic_behind=port puts it behind */
};

/* For the uplink's function: hands on what has arrived over the wire. */
extern const struct pci_ops devices_uplink_ops;

/* The wire's other end has something for us at @when. */
void devices_uplink_wake(struct wire_end *end, uint64_t when);

/* Lines `net`: one for each port, the wire and the peer. */
void devices_net_report(struct devices_net *n, unsigned machine);

#endif
