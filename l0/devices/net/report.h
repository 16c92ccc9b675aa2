/* SPDX-License-Identifier: Apache-2.0 */
/* What has been counted in a machine's network, for a line of the data channel. */
#ifndef DEVICES_NET_REPORT_H
#define DEVICES_NET_REPORT_H

#include "devices/net/wire.h"

struct net_report {
	unsigned ports;
	struct port_counters port[SWITCH_PORTS_MAX];
	/* All zero without a wire or a peer. */
	struct line_counters sent, received;
	struct peer_counters peer;
};

/* @end: of the wire that the switch is plugged into; NULL: none. Any CPU. */
void net_report(struct net_report *report, struct net_switch *net, struct wire_end *end);

#endif
