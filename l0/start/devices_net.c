// SPDX-License-Identifier: Apache-2.0
#include "start/devices_net.h"

#include "lib/print.h"
#include "start/devices.h"
#include "start/devices_knobs.h"

#define KIB 1024ull

#define ADDRESS_AGE   300000u     /* ms for which the switch remembers an address */
#define PEER_ADDRESS  0x0a000002u /* 10.0.0.2 */
#define PEER_THINK    10000u      /* ticks */
#define PEER_FUNCTION 0xff        /* no function of the bus has that number */

#define PORT_BUS 1

uint16_t devices_nic_id(const struct vm *vm)
{
	return devices_behind_port(&vm->knobs) ? 0 : DEVICES_ID(DEVICES_NIC);
}

bool devices_register_nic(struct vm *vm, struct pci_function *f)
{
	struct pci_port *root = &vm->devices->net.root;

	if (!devices_behind_port(&vm->knobs))
		return pci_register(&vm->platform, f);
	return pci_port_register(&vm->platform, root, DEVICES_ID(DEVICES_PORT), PORT_BUS) &&
	       pci_register_behind(root, f);
}

static bool make_e1000(struct vm *vm, struct frames *frames)
{
	struct devices_net *n = &vm->devices->net;
	struct e1000_config config = {
		.id = DEVICES_ID(DEVICES_NIC),
		.tsc_khz = (uint32_t)vm->knobs.tsc_khz,
		.port = &n->port,
	};

	devices_mac(config.mac, vm->number, config.id);
	(void)frames;
	e1000_init(&n->e1000, &config);
	return pci_register(&vm->platform, &n->e1000.function);
}

static bool make_virtio(struct vm *vm, struct frames *frames)
{
	struct devices_net *n = &vm->devices->net;
	struct virtio_net_config config = {
		.pci.id = devices_nic_id(vm),
		.port = &n->port,
		.pairs = (uint8_t)vm->knobs.queues,
	};

	devices_mac(config.filter.mac, vm->number, DEVICES_ID(DEVICES_NIC));
	(void)frames;
	virtio_net_init(&n->virtio, &config);
	return devices_register_nic(vm, &n->virtio.pci.function);
}

static const struct {
	const char *name;
	bool (*make)(struct vm *vm, struct frames *frames);
} nics[] = {{"e1000", make_e1000}, {"virtio", make_virtio}, {"function", fabric_make}};

static bool make_nic(struct vm *vm, struct frames *frames)
{
	for (unsigned i = 0; i < sizeof(nics) / sizeof(nics[0]); i++)
		if (knob_is(vm->knobs.nic, nics[i].name))
			return nics[i].make(vm, frames);
	return false;
}

/* Before the NIC by its number: what it brings, the NIC hands on in the same turn. */
static bool register_uplink(struct vm *vm)
{
	struct pci_function *f = &vm->devices->net.uplink_function;

	pci_function_init(f, DEVICES_ID(DEVICES_WIRE), &(struct pci_identity){0},
			  &devices_uplink_ops);
	f->absent = true;
	f->polled = knob_is(vm->knobs.nic, "function");
	return pci_register(&vm->platform, f);
}

bool devices_add_port(struct vm *vm, struct switch_port *port, struct frames *frames,
		      uint64_t bytes)
{
	void *memory = devices_take(vm->devices, frames, bytes);

	return memory && switch_add_port(&vm->devices->net.net, port, memory, bytes);
}

/* It answers the machine, whether its wire goes there or not. */
static bool make_peer(struct vm *vm, struct frames *frames)
{
	uint64_t bytes = devices_uplink_bytes(&vm->knobs);
	struct peer_config config = {.address = PEER_ADDRESS, .think = PEER_THINK};
	void *memory = devices_take(vm->devices, frames, bytes);

	devices_mac(config.mac, vm->number, PEER_FUNCTION);
	return memory && peer_init(&vm->devices->net.peer, &config, memory, bytes);
}

bool devices_make_net(struct vm *vm, struct frames *frames)
{
	struct devices_net *n = &vm->devices->net;

	switch_init(&n->net, vm->knobs.tsc_khz * ADDRESS_AGE);
	if (!devices_add_port(vm, &n->port, frames, DEVICES_NIC_QUEUE) ||
	    !devices_add_port(vm, &n->uplink, frames, devices_uplink_bytes(&vm->knobs)) ||
	    (knob_is(vm->knobs.peer, "on") && !make_peer(vm, frames)))
		return false;
	switch_close(&n->uplink);
	n->present = true;
	return register_uplink(vm) && make_nic(vm, frames);
}

static struct line_config line_of(const struct vm *vm)
{
	return (struct line_config){
		.tsc_khz = vm->knobs.tsc_khz,
		.mbit = (uint32_t)vm->knobs.wire_mbit,
		.latency = vm->knobs.wire_latency,
		.depth = vm->knobs.wire_queue * KIB,
	};
}

static void attach(struct vm *vm, struct wire *wire, unsigned side)
{
	struct devices_net *n = &vm->devices->net;

	n->end = &wire->end[side];
	n->end->wake = devices_uplink_wake;
	n->end->owner = n;
	wire_attach(wire, side, &n->uplink, vm->clock_offset);
}

static void plug_peer(struct vm *vm)
{
	struct devices_net *n = &vm->devices->net;
	const struct line_config config = line_of(vm);

	wire_init(&n->wire, &config);
	wire_attach_peer(&n->wire, 1, &n->peer);
	attach(vm, &n->wire, 0);
	switch_open(&n->uplink);
}

/* Each direction as its sender's knobs have it. */
static void plug_both(struct vm *vm, struct vm *beside)
{
	struct devices_net *n = &vm->devices->net;
	const struct line_config out = line_of(vm), in = line_of(beside);

	wire_init(&n->wire, &out);
	line_init(&n->wire.line[1], &in);
	attach(vm, &n->wire, 0);
	attach(beside, &n->wire, 1);
	switch_open(&n->uplink);
	switch_open(&beside->devices->net.uplink);
}

static bool has_net(const struct vm *vm)
{
	return vm && vm->devices && vm->devices->net.present;
}

void devices_plug(struct vm *vm, struct vm *beside)
{
	struct vm *const both[] = {vm, beside};

	if (has_net(vm) && has_net(beside)) {
		plug_both(vm, beside);
		return;
	}
	for (unsigned i = 0; i < 2; i++)
		if (has_net(both[i]) && knob_is(both[i]->knobs.peer, "on"))
			plug_peer(both[i]);
}
