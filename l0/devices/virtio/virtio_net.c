// SPDX-License-Identifier: Apache-2.0
#include "devices/virtio/virtio_net_internal.h"
#include "lib/string.h"
#include "platform/clock.h"

/* Where the configuration says whether there is a link. */
static struct net_config *config_of(struct virtio_net *net)
{
	return (struct net_config *)net->pci.config;
}

/* 5.1.2: without MQ there is one pair, and the control queue comes right after it. */
static unsigned control_queue(const struct virtio_net *net)
{
	return virtio_has(&net->pci, NET_F_MQ) ? 2u * net->pairs : 2;
}

static void kick(struct virtio_pci *v, unsigned queue)
{
	struct virtio_net *net = net_of(v);
	unsigned control = control_queue(net);

	if (queue < control && queue % 2)
		net_transmit(net, queue);
	else if (queue < control)
		net_receive(net);
	else if (queue == control && virtio_has(v, NET_F_CTRL_VQ))
		net_control(net, queue);
}

static void run(struct virtio_pci *v)
{
	if (virtio_ready(v))
		net_receive(net_of(v));
}

/* A frame that waits for buffers has no time: a kick will come. */
static uint64_t due(const struct virtio_pci *v)
{
	const struct virtio_net *net = (const struct virtio_net *)v;

	return virtio_ready(v) && !net->waiting ? switch_due(net->port) : CLOCK_NEVER;
}

static void ready(struct virtio_pci *v)
{
	struct virtio_net *net = net_of(v);

	net->offloads = v->accepted & NET_OFFLOADS;
	net_mode_reset(net);
	net_mode_apply(net);
	if (config_of(net)->status & NET_STATUS_UP)
		switch_open(net->port);
}

static void queue_reset(struct virtio_pci *v, unsigned queue)
{
	net_of(v)->touched &= ~(1u << queue);
	net_of(v)->waiting = false;
}

static void reset(struct virtio_pci *v)
{
	struct virtio_net *net = net_of(v);

	switch_close(net->port);
	net->segment = net->touched = 0;
	net->waiting = false;
	net->active = 1;
	net->mac = get_mac(net->filter.mac);
	memset(net->flow, 0, sizeof(net->flow));
}

static const struct virtio_ops ops = {
	.kick = kick,
	.run = run,
	.due = due,
	.ready = ready,
	.queue_reset = queue_reset,
	.reset = reset,
};

/* 5.1.3.1 */
static const struct virtio_need needs[] = {
	{NET_F_GUEST_TSO4, NET_F_GUEST_CSUM}, {NET_F_GUEST_TSO6, NET_F_GUEST_CSUM},
	{NET_F_HOST_TSO4, NET_F_CSUM},        {NET_F_HOST_TSO6, NET_F_CSUM},
	{NET_F_CTRL_RX, NET_F_CTRL_VQ},       {NET_F_CTRL_VLAN, NET_F_CTRL_VQ},
	{NET_F_CTRL_RX_EXTRA, NET_F_CTRL_VQ}, {NET_F_MQ, NET_F_CTRL_VQ},
	{NET_F_CTRL_MAC, NET_F_CTRL_VQ},      {NET_F_GUEST_OFFLOADS, NET_F_CTRL_VQ},
};

#define OFFER(name) VIRTIO_BIT(NET_F_##name)

static const struct virtio_type type = {
	.device = VIRTIO_NET,
	.class_code = 0x020000,
	.features = NET_OFFLOADS | OFFER(CSUM) | OFFER(GUEST_OFFLOADS) | OFFER(MTU) | OFFER(MAC) |
		    OFFER(HOST_TSO4) | OFFER(HOST_TSO6) | OFFER(MRG_RXBUF) | OFFER(STATUS) |
		    OFFER(CTRL_VQ) | OFFER(CTRL_RX) | OFFER(CTRL_VLAN) | OFFER(CTRL_RX_EXTRA) |
		    OFFER(MQ) | OFFER(CTRL_MAC),
	.needs = needs,
	.needs_count = sizeof(needs) / sizeof(needs[0]),
	.config_bytes = sizeof(struct net_config),
	.ops = &ops,
};

static void wake(struct switch_port *port, uint64_t when)
{
	struct virtio_net *net = port->owner;

	pci_wake(&net->pci.function, when);
}

void virtio_net_set_link(struct virtio_net *net, bool up)
{
	struct net_config *c = config_of(net);

	if (up == (c->status & NET_STATUS_UP))
		return;
	c->status ^= NET_STATUS_UP;
	if (up && virtio_ready(&net->pci))
		switch_open(net->port);
	else
		switch_close(net->port);
	net->segment = 0;
	virtio_config_changed(&net->pci);
}

void virtio_net_set_filter(struct virtio_net *net, const struct port_filter *filter)
{
	struct net_config *c = config_of(net);

	net->filter = *filter;
	net->mac = get_mac(filter->mac);
	if (memcmp(c->mac, filter->mac, MAC_BYTES) != 0) {
		memcpy(c->mac, filter->mac, MAC_BYTES);
		virtio_config_changed(&net->pci);
	}
	net_mode_apply(net);
}

static void describe(struct virtio_net *net, const struct virtio_net_config *config)
{
	struct net_config *c = config_of(net);

	memcpy(c->mac, config->filter.mac, MAC_BYTES);
	c->status = NET_STATUS_UP;
	c->pairs = net->pairs;
	c->mtu = config->mtu;
}

void virtio_net_init(struct virtio_net *net, const struct virtio_net_config *config)
{
	struct virtio_pci_config pci = config->pci;

	net->port = config->port;
	net->port->owner = net;
	net->port->wake = wake;
	net->filter = config->filter;
	net->fixed = config->fixed;
	net->pairs = config->pairs ? config->pairs : 1;
	pci.without |= net->pairs == 1 ? OFFER(MQ) : 0;
	pci.without |= config->mtu ? 0 : OFFER(MTU);
	pci.without |= config->fixed ? OFFER(CTRL_MAC) : 0;
	describe(net, config);
	virtio_pci_init(&net->pci, &type, 2u * net->pairs + 1, &pci);
	reset(&net->pci);
	net_mode_apply(net);
}
