// SPDX-License-Identifier: Apache-2.0
#include "devices/net/report.h"

static void report_peer(struct net_report *report, struct peer *peer)
{
	lock_take(&peer->lock);
	report->peer = peer->counters;
	lock_give(&peer->lock);
}

static void report_wire(struct net_report *report, struct wire *wire, unsigned side)
{
	const struct wire_end *there = &wire->end[side ^ 1];

	line_read_counters(&wire->line[side], &report->sent);
	if (there->port || there->peer)
		line_read_counters(&wire->line[side ^ 1], &report->received);
	if (there->peer)
		report_peer(report, there->peer);
}

void net_report(struct net_report *report, struct net_switch *net, struct wire_end *end)
{
	*report = (struct net_report){.ports = net->count};
	for (unsigned n = 0; n < net->count; n++)
		switch_read_counters(net->port[n], &report->port[n]);
	if (end)
		report_wire(report, end->wire, end == &end->wire->end[1]);
}
