// SPDX-License-Identifier: Apache-2.0
/* What a frame costs: from a NIC's switch_send() to the other's switch_taken(). */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "devices/net/wire.h"
#include "steps.h"

#define FRAMES  200000u
#define ROUNDS  10u
#define STEPPED 32u

struct side {
	struct net_switch net;
	struct switch_port nic[4], uplink;
	uint8_t memory[5][1 << 18] __attribute__((aligned(64)));
};

/* How far a frame goes: from NIC 0 of the first machine. */
enum way {
	TO_A_NIC,    /* of the same machine */
	TO_THE_WIRE, /* into the uplink's queue, and out of it */
	TO_A_MACHINE /* wire, switch and NIC of the other one too */
};

struct row {
	const char *name;
	enum way way;
	uint32_t size, gso_size;
	uint32_t frames;
};

static struct side side[2];
static struct wire wire;
static uint8_t bytes[FRAME_MAX];
static uint64_t now_ticks = 1;

static void add(struct side *s, struct switch_port *port, unsigned n)
{
	if (!switch_add_port(&s->net, port, s->memory[n], sizeof(s->memory[n])))
		exit(EXIT_FAILURE);
}

static void make(void)
{
	if (!wire_init(&wire, &(struct line_config){2900000, 100000, 1000, 1 << 20}))
		exit(EXIT_FAILURE);
	for (unsigned i = 0; i < 2; i++) {
		switch_init(&side[i].net, 1000000000);
		for (unsigned n = 0; n < 4; n++) {
			struct port_filter f = {.mac = {2, 0, 0, 0, (uint8_t)i, (uint8_t)n}};

			add(&side[i], &side[i].nic[n], n);
			f.check_source = true;
			switch_set_filter(&side[i].nic[n], &f);
		}
		add(&side[i], &side[i].uplink, 4);
		wire_attach(&wire, i, &side[i].uplink, 0);
	}
}

static void write_frame(enum way way)
{
	static const uint8_t head[] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 0, 8, 0, 0x45};

	memset(bytes, 0, 64);
	memcpy(bytes, head, sizeof(head));
	bytes[4] = way != TO_A_NIC;
	bytes[14 + 9] = PROTOCOL_TCP;
	bytes[34 + TCP_OFFSET] = 5 << 4;
}

static void take(struct switch_port *port)
{
	if (!switch_next(port, UINT64_MAX))
		abort();
	switch_taken(port);
}

static void send_one(const struct row *row, const struct frame *f)
{
	now_ticks += 100000; /* the wire is free again */
	switch_send(&side[0].nic[0], f, now_ticks);
	if (row->way == TO_THE_WIRE)
		return take(&side[0].uplink);
	if (row->way == TO_A_MACHINE)
		wire_run(&wire.end[1], now_ticks + 100000);
	take(&side[row->way == TO_A_MACHINE].nic[1]);
}

static void send_all(const void *what)
{
	const struct row *row = what;
	struct frame f = {.bytes = bytes, .size = row->size};

	if (row->gso_size)
		f.offload = (struct frame_offload){
			true, FRAME_GSO_TCP4, 54, (uint16_t)row->gso_size, 34, TCP_CHECKSUM};
	for (unsigned i = 0; i < row->frames; i++)
		send_one(row, &f);
}

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static uint64_t best_time(const struct row *row)
{
	uint64_t best = UINT64_MAX;

	for (unsigned round = 0; round < ROUNDS; round++) {
		uint64_t start = now();

		send_all(row);
		start = now() - start;
		best = start < best ? start : best;
	}
	return best;
}

static void measure(const struct row *row)
{
	struct row few = *row;
	uint64_t time;

	few.frames = STEPPED;
	write_frame(row->way);
	time = best_time(row);
	printf("%-44s %6" PRIu64 " ns %6" PRIu64 " instructions\n", row->name, time / row->frames,
	       steps_of(send_all, &few) / STEPPED);
}

int main(void)
{
	static const struct row rows[] = {
		{"switch, 64 bytes", TO_A_NIC, 64, 0, FRAMES},
		{"switch, 1514 bytes", TO_A_NIC, 1514, 0, FRAMES},
		{"switch, 64 KiB in segments of 1460", TO_A_NIC, 65000, 1460, FRAMES / 20},
		{"switch and line, 64 bytes", TO_THE_WIRE, 64, 0, FRAMES},
		{"switch and line, 1514 bytes", TO_THE_WIRE, 1514, 0, FRAMES},
		{"to another machine's NIC, 64 bytes", TO_A_MACHINE, 64, 0, FRAMES},
		{"to another machine's NIC, 1514 bytes", TO_A_MACHINE, 1514, 0, FRAMES},
	};

	make();
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		measure(&rows[i]);
	return 0;
}
