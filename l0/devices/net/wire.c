// SPDX-License-Identifier: Apache-2.0
#include "devices/net/wire.h"
#include "platform/clock.h"

static struct wire_end *other_end(struct wire_end *end)
{
	return &end->wire->end[end == end->wire->end];
}

bool wire_init(struct wire *wire, const struct line_config *config)
{
	*wire = (struct wire){0};
	wire->end[0].wire = wire->end[1].wire = wire;
	return line_init(&wire->line[0], config) && line_init(&wire->line[1], config);
}

/* The peer lives by the clock of its machine. */
static void set_shifts(struct wire *wire)
{
	bool both = wire->end[0].port && wire->end[1].port;
	uint64_t shift = both ? wire->end[1].clock - wire->end[0].clock : 0;

	wire->line[0].shift = shift;
	wire->line[1].shift = -shift;
}

/* The first frame that has come since the queue was emptied: before it the first to arrive is due.
 */
static uint64_t due_from(uint64_t peers, const struct switch_port *port)
{
	uint64_t unheard = switch_due(port);

	return peers < unheard ? peers : unheard;
}

/* The peer hears at once what will have arrived, however late. With its lock. */
static void hear(struct peer *peer, struct switch_port *port)
{
	const struct frame *frame;

	for (unsigned n = 0; n < WIRE_BATCH && (frame = switch_next(port, CLOCK_NEVER)); n++) {
		peer_hear(peer, frame);
		switch_taken(port);
	}
}

static void tell_peer(struct wire_end *here, struct peer *peer)
{
	bool earlier;
	uint64_t due;

	lock_take(&peer->lock);
	hear(peer, here->port);
	due = here->taking ? CLOCK_NEVER : due_from(peer_due(peer), here->port);
	earlier = due < here->told;
	if (earlier)
		here->told = due;
	lock_give(&peer->lock);
	if (earlier && here->wake)
		here->wake(here, due);
}

/* Something has gone into the queue of an uplink. */
static void on_sent(struct switch_port *port, uint64_t when)
{
	struct wire_end *here = port->owner, *there = other_end(here);

	if (there->peer)
		tell_peer(here, there->peer);
	else if (there->wake)
		there->wake(there, when);
}

void wire_attach(struct wire *wire, unsigned side, struct switch_port *port, uint64_t clock)
{
	struct wire_end *end = &wire->end[side];

	end->port = port;
	end->clock = clock;
	end->told = CLOCK_NEVER;
	wire->line[side].lock = &port->net->lock;
	port->line = &wire->line[side];
	port->wake = on_sent;
	port->owner = end;
	switch_set_filter(port, &(struct port_filter){.promiscuous = true});
	set_shifts(wire);
}

void wire_attach_peer(struct wire *wire, unsigned side, struct peer *peer)
{
	wire->end[side].peer = peer;
	wire->line[side].lock = &peer->lock;
	peer->line = &wire->line[side];
	set_shifts(wire);
}

static uint64_t run_machine(struct wire_end *end, struct switch_port *from, uint64_t now)
{
	const struct frame *frame;

	for (unsigned n = 0; n < WIRE_BATCH && (frame = switch_next(from, now)); n++) {
		switch_send(end->port, frame, frame->arrives);
		switch_taken(from);
	}
	return switch_due(from);
}

/* One frame of the peer's; false: none is due before what the end is told now. */
static bool take_from_peer(struct wire_end *end, struct peer *peer, uint64_t now, uint64_t *told)
{
	struct frame frame;
	bool answer, due;

	lock_take(&peer->lock);
	hear(peer, end->port);
	*told = peer_due(peer);
	due = *told <= now;
	answer = due && peer_send(peer, &frame, end->bytes);
	if (!due)
		end->told = *told = due_from(*told, end->port);
	end->taking = due;
	lock_give(&peer->lock);
	if (due && frame.arrives != CLOCK_NEVER)
		switch_send(end->port, &frame, frame.arrives);
	if (answer)
		frame_queue_taken(&peer->answers);
	return due;
}

static uint64_t run_peer(struct wire_end *end, struct peer *peer, uint64_t now)
{
	uint64_t told;

	for (unsigned n = 0; n < WIRE_BATCH; n++)
		if (!take_from_peer(end, peer, now, &told))
			return told;
	lock_take(&peer->lock);
	end->told = told = due_from(peer_due(peer), end->port);
	end->taking = false;
	lock_give(&peer->lock);
	return told;
}

uint64_t wire_run(struct wire_end *end, uint64_t now)
{
	struct wire_end *there = other_end(end);

	if (there->peer)
		return run_peer(end, there->peer, now);
	return there->port ? run_machine(end, there->port, now) : CLOCK_NEVER;
}
