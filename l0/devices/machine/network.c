// SPDX-License-Identifier: Apache-2.0
#include "devices/machine/network.h"
#include "devices/net/report.h"
#include "devices/virtio/virtio_replay.h"
#include "measure/channel.h"

static void run_uplink(struct pci_function *f, uint64_t now)
{
	struct devices_net *n = (struct devices_net *)f;

	if (n->end)
		pci_set_due(f, wire_run(n->end, now));
}

const struct pci_ops devices_uplink_ops = {.run = run_uplink};

void devices_uplink_wake(struct wire_end *end, uint64_t when)
{
	struct devices_net *n = end->owner;

	pci_wake(&n->uplink_function, when);
}

static void report_port(unsigned machine, const char *name, const struct port_counters *c)
{
	const struct channel_number numbers[] = {
		{"sent_frames", c->sent_frames},         {"sent_bytes", c->sent_bytes},
		{"received_frames", c->received_frames}, {"received_bytes", c->received_bytes},
		{"dropped_full", c->dropped_full},       {"dropped_source", c->dropped_source},
		{"dropped_bad", c->dropped_bad},
	};

	channel_net(machine, name, numbers, sizeof(numbers) / sizeof(numbers[0]));
}

/* Out: from this machine. */
static void report_line(unsigned machine, const char *name, const struct line_counters *c)
{
	const struct channel_number numbers[] = {
		{"frames", c->frames},
		{"bytes", c->bytes},
		{"dropped", c->dropped},
		{"busy", c->busy},
	};

	channel_net(machine, name, numbers, sizeof(numbers) / sizeof(numbers[0]));
}

static void report_peer(unsigned machine, const struct peer_counters *c)
{
	const struct channel_number numbers[] = {
		{"frames", c->frames},
		{"arp", c->arp},
		{"icmp", c->icmp},
		{"echoed", c->echoed},
		{"started", c->started},
		{"discarded", c->discarded},
		{"discarded_bytes", c->discarded_bytes},
		{"ignored", c->ignored},
		{"dropped_full", c->dropped_full},
		{"sourced", c->sourced},
	};

	channel_net(machine, "peer", numbers, sizeof(numbers) / sizeof(numbers[0]));
}

/* The ports behind the first two. */
static void report_vfs(const struct devices_net *n, unsigned machine, const struct net_report *r)
{
	char name[] = "vf0";

	for (unsigned i = 0; i < n->vfs; i++) {
		name[2] = (char)('0' + i);
		report_port(machine, name, &r->port[2 + i]);
	}
}

static void report_replay(unsigned machine, struct virtio_net *net)
{
	const struct replay_counters c = replay_end(net);
	const struct channel_number numbers[] = {
		{"watched", c.watched}, {"closed", c.closed},   {"reused", c.reused},
		{"wrong", c.wrong},     {"open", c.open},       {"open_most", c.open_most},
		{"replays", c.replays}, {"reached", c.reached}, {"foreign", c.foreign},
	};
	const struct channel_list lists[] = {
		{"seen", net->replay->seen, c.closed},
		{"most", net->replay->most, c.closed},
		{"until", net->replay->until, c.reused},
	};

	channel_window(machine, lists, sizeof(lists) / sizeof(lists[0]), numbers,
		       sizeof(numbers) / sizeof(numbers[0]));
}

void devices_net_report(struct devices_net *n, unsigned machine)
{
	struct net_report report;

	net_report(&report, &n->net, n->end);
	report_port(machine, "nic", &report.port[0]);
	report_port(machine, "uplink", &report.port[1]);
	report_vfs(n, machine, &report);
	if (n->virtio.replay)
		report_replay(machine, &n->virtio);
	if (!n->end)
		return;
	report_line(machine, "wire-out", &report.sent);
	report_line(machine, "wire-in", &report.received);
	if (n->peer.line)
		report_peer(machine, &report.peer);
}
