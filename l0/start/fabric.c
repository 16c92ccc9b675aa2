// SPDX-License-Identifier: Apache-2.0
/*
 * The network functions of a fabric (nic=function, vfs=N): a physical one and its virtual ones,
 * each a virtio-net with a notify page of RAM, an end of the switch, and an IOMMU group of its own.
 * A CPU polls them (fabric_poll()).
 *
 * virtio has no way from a virtual function to its physical one, so what each may do is a fixed
 * table: its address, which it may neither change nor send without, and no VLAN.
 */
#include "devices/virtio/virtio.h"
#include "devices/virtio/virtio_replay.h"
#include "lib/string.h"
#include "sidecore/poller.h"
#include "start/devices.h"
#include "start/devices_knobs.h"
#include "start/devices_net.h"

#define VF_STRIDE 1
#define VF_BEHIND 1 /* the first one behind a port, where device 0 is all there is but for ARI */
#define VF_DEVICE 0x1041 /* virtio 1.2, 4.1.2: network */

/* EUI-64 of the address. */
static uint64_t serial_of(const uint8_t *address)
{
	uint64_t mac = get_mac(address);

	return mac >> 24 << 40 | UINT64_C(0xfffe) << 24 | (mac & 0xffffff);
}

static uint16_t first_vf(const struct vm *vm)
{
	return devices_behind_port(&vm->knobs) ? VF_BEHIND : DEVICES_ID(DEVICES_VFS);
}

static void finish(const struct vm *vm, struct virtio_net *net)
{
	if (devices_behind_port(&vm->knobs))
		pci_add_ari(&net->pci.function);
	pci_add_acs(&net->pci.function);
	pci_add_serial(&net->pci.function, serial_of(net->filter.mac));
}

static void add_iov(const struct vm *vm, struct devices_net *n)
{
	struct pci_function *f = &n->virtio.pci.function;
	const struct pci_iov_plan plan = {
		.total = (uint8_t)n->vfs,
		.first = (uint16_t)(first_vf(vm) - f->id),
		.stride = VF_STRIDE,
		.device = VF_DEVICE,
	};

	pci_add_iov(f, &n->iov, &plan);
	pci_add_iov_bar(f, VIRTIO_BAR, PCI_BAR_64, VIRTIO_BAR_SIZE);
}

/* All that it does else, it does as it should. */
static bool make_replay(struct vm *vm, struct frames *frames)
{
	struct replay **r = &vm->devices->net.virtio.replay;

	if (!vm->knobs.replay)
		return true;
	*r = devices_take(vm->devices, frames, sizeof(**r));
	if (*r)
		(*r)->watches = (unsigned)vm->knobs.replay;
	return *r;
}

static bool make_physical(struct vm *vm)
{
	struct devices_net *n = &vm->devices->net;
	struct virtio_net_config config = {
		.pci.id = devices_nic_id(vm),
		.pci.with = n->vfs ? VIRTIO_BIT(VIRTIO_F_SR_IOV) : 0,
		.pci.notify = shared_take(vm),
		.port = &n->port,
	};

	if (!config.pci.notify)
		return false;
	devices_mac(config.filter.mac, vm->number, DEVICES_ID(DEVICES_NIC));
	virtio_net_init(&n->virtio, &config);
	finish(vm, &n->virtio);
	if (n->vfs)
		add_iov(vm, n);
	return devices_register_nic(vm, &n->virtio.pci.function);
}

static bool make_virtual(struct vm *vm, unsigned number, struct frames *frames)
{
	struct devices_net *n = &vm->devices->net;
	struct virtio_net_config config = {
		.pci.id = (uint16_t)(first_vf(vm) + number * VF_STRIDE),
		.pci.is_virtual = true,
		.pci.notify = shared_take(vm),
		.port = &n->vf_port[number],
		.filter.check_source = true,
		.fixed = true,
	};

	if (!config.pci.notify || !devices_add_port(vm, config.port, frames, DEVICES_NIC_QUEUE))
		return false;
	devices_mac(config.filter.mac, vm->number, DEVICES_ID(DEVICES_VFS) + number);
	virtio_net_init(&n->vf[number], &config);
	finish(vm, &n->vf[number]);
	return pci_register_virtual(&n->virtio.pci.function, &n->vf[number].pci.function);
}

bool fabric_make(struct vm *vm, struct frames *frames)
{
	struct devices_net *n = &vm->devices->net;

	n->vfs = (unsigned)vm->knobs.vfs;
	if (n->vfs)
		n->vf = devices_take(vm->devices, frames, n->vfs * sizeof(*n->vf));
	if ((n->vfs && !n->vf) || !make_physical(vm) || !make_replay(vm, frames))
		return false;
	for (unsigned i = 0; i < n->vfs; i++)
		if (!make_virtual(vm, i, frames))
			return false;
	return true;
}

/* ---- its CPU ---- */

static unsigned poll(void *of, uint64_t now, unsigned budget)
{
	(void)budget;
	return pci_poll(of, now);
}

static bool add(struct vm *vm, struct poller *p, struct pci_function *f)
{
	const struct poller_source source = {poll, f, &vm->clock_offset, 0};

	return poller_add(p, &source);
}

static bool add_physical(struct vm *vm, struct poller *p, struct virtio_net *net)
{
	const struct poller_source source = {replay_turn, net, &vm->clock_offset, 0};

	return net->replay ? poller_add(p, &source) : add(vm, p, &net->pci.function);
}

bool fabric_poll(struct vm *vm, struct poller *p)
{
	struct devices_net *n = &vm->devices->net;
	bool room = add(vm, p, &n->uplink_function) && add_physical(vm, p, &n->virtio);

	for (unsigned i = 0; i < n->vfs; i++)
		room = room && add(vm, p, &n->vf[i].pci.function);
	return room;
}
