// SPDX-License-Identifier: Apache-2.0
#include <stddef.h>

#include "devices/net/switch.h"
#include "platform/clock.h"

void switch_init(struct net_switch *net, uint64_t age)
{
	*net = (struct net_switch){.learned.age = age};
}

bool switch_add_port(struct net_switch *net, struct switch_port *port, void *memory, uint64_t size)
{
	if (net->count >= SWITCH_PORTS_MAX || !frame_queue_init(&port->queue, memory, size))
		return false;
	port->net = net;
	port->bit = 1u << net->count;
	port->line = NULL;
	port->counters = (struct port_counters){0};
	net->mac[net->count] = 0;
	net->vlan[net->count] = 0;
	net->open |= port->bit;
	net->port[net->count++] = port;
	return true;
}

static void set_bit(uint32_t *mask, uint32_t bit, bool value)
{
	*mask = (*mask & ~bit) | (value ? bit : 0);
}

void switch_set_filter(struct switch_port *port, const struct port_filter *filter)
{
	struct net_switch *net = port->net;
	unsigned n = (unsigned)__builtin_ctz(port->bit);

	lock_take(&net->lock);
	net->mac[n] = get_mac(filter->mac);
	net->vlan[n] = filter->vlan & TAG_VLAN;
	set_bit(&net->in_vlan, port->bit, net->vlan[n] != 0);
	set_bit(&net->promiscuous, port->bit, filter->promiscuous);
	set_bit(&net->all_multicast, port->bit, filter->all_multicast);
	set_bit(&net->check_source, port->bit, filter->check_source);
	set_bit(&net->isolated, port->bit, filter->isolated);
	if (!filter->promiscuous)
		learned_forget(&net->learned, port->bit);
	lock_give(&net->lock);
}

void switch_open(struct switch_port *port)
{
	lock_take(&port->net->lock);
	port->net->open |= port->bit;
	lock_give(&port->net->lock);
}

void switch_close(struct switch_port *port)
{
	lock_take(&port->net->lock);
	port->net->open &= ~port->bit;
	learned_forget(&port->net->learned, port->bit);
	lock_give(&port->net->lock);
	frame_queue_clear(&port->queue);
}

const struct frame *switch_next(struct switch_port *port, uint64_t now)
{
	const struct frame *frame = frame_queue_first(&port->queue);

	return frame && frame->arrives <= now ? frame : NULL;
}

void switch_taken(struct switch_port *port)
{
	frame_queue_taken(&port->queue);
}

uint64_t switch_due(const struct switch_port *port)
{
	const struct frame *frame = frame_queue_first(&port->queue);

	return frame ? frame->arrives : CLOCK_NEVER;
}

void switch_read_counters(struct switch_port *port, struct port_counters *counters)
{
	lock_take(&port->net->lock);
	*counters = port->counters;
	lock_give(&port->net->lock);
}
