// SPDX-License-Identifier: Apache-2.0
/* Two machines of two CPUs each, whose NICs send and receive at once, on threads. */
#include <check.h>
#include <pthread.h>
#include <string.h>

#include "devices/net/report.h"
#include "platform/clock.h"
#include "platform/tests/threads/run_threads.h"
#include "platform/tests/threads/threads.h"

/* A lost wake-up is a race that never ends. On a machine with much else to do: */
#define SECONDS_MAX 120
#define MACHINES    2
#define CPUS        2
#define FRAMES      10000u
#define FRAME_SIZE  100

/* A NIC is run by its own CPU; the first CPU runs the machine's end of the wire too. */
struct cpu {
	struct machine *machine;
	unsigned number;
	struct switch_port nic;
	uint64_t due; /* as by pci_wake(): the earliest that anybody has asked for */
	uint64_t wire_due;
	uint32_t seen[MACHINES * CPUS]; /* the next number from each */
	uint8_t memory[1 << 14] __attribute__((aligned(64)));
};

struct machine {
	struct net_switch net;
	struct switch_port uplink;
	struct wire_end *end;
	struct cpu cpu[CPUS];
	uint8_t memory[1 << 14] __attribute__((aligned(64)));
};

static struct machine machines[MACHINES];
static struct wire wire;
static struct peer peer;
static uint8_t answers[1 << 14] __attribute__((aligned(64)));
static uint64_t ticks, senders;

static uint64_t time_now(void)
{
	return __atomic_add_fetch(&ticks, 100, __ATOMIC_RELAXED);
}

static void wake_by(uint64_t *due, uint64_t when)
{
	uint64_t old = __atomic_load_n(due, __ATOMIC_RELAXED);

	while (when < old && !__atomic_compare_exchange_n(due, &old, when, false, __ATOMIC_RELEASE,
							  __ATOMIC_RELAXED))
		;
}

static void wake_nic(struct switch_port *port, uint64_t when)
{
	wake_by(&((struct cpu *)port->owner)->due, when);
}

static void wake_end(struct wire_end *end, uint64_t when)
{
	wake_by(&((struct machine *)end->owner)->cpu[0].wire_due, when);
}

static void send_number(struct cpu *cpu, unsigned to, uint32_t number)
{
	unsigned me = (unsigned)(cpu->machine - machines) * CPUS + cpu->number;
	uint8_t bytes[FRAME_SIZE] = {2, 0, 0, 0, 0, (uint8_t)to, 2, 0, 0, 0, 0, (uint8_t)me, 8};
	struct frame f = {.bytes = bytes, .size = sizeof(bytes)};

	memcpy(bytes + 16, &number, 4);
	memset(bytes + 20, (uint8_t)number, sizeof(bytes) - 20);
	switch_send(&cpu->nic, &f, time_now());
}

/* Whole, and in the order in which they were sent; some may have been dropped. */
static void look_at(struct cpu *cpu, const struct frame *f)
{
	unsigned from = f->bytes[11];
	uint32_t number;

	memcpy(&number, f->bytes + 16, 4);
	require(f->size == FRAME_SIZE && from < MACHINES * CPUS);
	require(number >= cpu->seen[from] && number < FRAMES);
	require(f->bytes[20] == (uint8_t)number && f->bytes[99] == (uint8_t)number);
	cpu->seen[from] = number + 1;
}

/* As pci_run() does: what is due is run, and says when it wants to be again. */
static void run_due(struct cpu *cpu)
{
	uint64_t now = time_now();
	const struct frame *f;

	if (cpu->number == 0 && __atomic_load_n(&cpu->wire_due, __ATOMIC_ACQUIRE) <= now) {
		__atomic_store_n(&cpu->wire_due, CLOCK_NEVER, __ATOMIC_SEQ_CST);
		wake_by(&cpu->wire_due, wire_run(cpu->machine->end, now));
	}
	if (__atomic_load_n(&cpu->due, __ATOMIC_ACQUIRE) > now)
		return;
	__atomic_store_n(&cpu->due, CLOCK_NEVER, __ATOMIC_SEQ_CST);
	while ((f = switch_next(&cpu->nic, now)) != NULL) {
		look_at(cpu, f);
		switch_taken(&cpu->nic);
	}
	wake_by(&cpu->due, switch_due(&cpu->nic));
}

static void *run_cpu(void *arg)
{
	struct cpu *cpu = arg;
	unsigned me = (unsigned)(cpu->machine - machines) * CPUS + cpu->number;

	for (uint32_t n = 0; n < FRAMES; n++) {
		for (unsigned to = 0; to < MACHINES * CPUS; to++)
			if (to != me)
				send_number(cpu, to, n);
		run_due(cpu);
	}
	__atomic_sub_fetch(&senders, 1, __ATOMIC_ACQ_REL);
	/* What is under way arrives by wake-ups alone: a lost one would leave its frame there. */
	while (__atomic_load_n(&senders, __ATOMIC_ACQUIRE))
		run_due(cpu);
	return NULL;
}

static void power_on(struct machine *m, unsigned side)
{
	switch_init(&m->net, 1000000);
	for (unsigned i = 0; i < CPUS; i++) {
		struct cpu *cpu = &m->cpu[i];
		struct port_filter filter = {.mac = {2, 0, 0, 0, 0, (uint8_t)(side * CPUS + i)}};

		*cpu = (struct cpu){
			.machine = m, .number = i, .due = CLOCK_NEVER, .wire_due = CLOCK_NEVER};
		require(switch_add_port(&m->net, &cpu->nic, cpu->memory, sizeof(cpu->memory)));
		cpu->nic.wake = wake_nic;
		cpu->nic.owner = cpu;
		switch_set_filter(&cpu->nic, &filter);
	}
	require(switch_add_port(&m->net, &m->uplink, m->memory, sizeof(m->memory)));
	m->end = &wire.end[side];
	m->end->wake = wake_end;
	m->end->owner = m;
	wire_attach(&wire, side, &m->uplink, side * 5000);
}

static const struct line_config line = {1000000, 10000, 300, 1 << 14};

static void run_threads(unsigned count)
{
	pthread_t thread[MACHINES * CPUS];

	senders = count;
	for (unsigned i = 0; i < count; i++)
		require(!pthread_create(&thread[i], NULL, run_cpu,
					&machines[i / CPUS].cpu[i % CPUS]));
	for (unsigned i = 0; i < count; i++)
		pthread_join(thread[i], NULL);
}

/* All that was sent has been received or is counted as dropped, or still lies in a queue whose
 * owner has been told. */
static void settle(struct machine *m)
{
	for (unsigned i = 0; i < CPUS; i++) {
		ticks += 1000000;
		run_due(&m->cpu[i]);
		require(switch_due(&m->cpu[i].nic) == CLOCK_NEVER);
	}
}

START_TEST(two_machines)
{
	struct net_report r;

	require(wire_init(&wire, &line));
	power_on(&machines[0], 0);
	power_on(&machines[1], 1);
	run_threads(MACHINES * CPUS);
	for (unsigned i = 0; i < 4 * 10000; i++)
		run_due(&machines[i % 2].cpu[0]);
	for (unsigned i = 0; i < MACHINES; i++) {
		settle(&machines[i]);
		require(switch_due(&machines[i].uplink) == CLOCK_NEVER);
		net_report(&r, &machines[i].net, machines[i].end);
		require(r.port[0].sent_frames == 3 * FRAMES);
		require(r.sent.frames + r.sent.dropped + r.port[2].dropped_full == 4 * FRAMES);
		require(r.port[0].received_frames > 100 && r.received.frames > 100);
	}
}
END_TEST

/* Both CPUs of a machine ask the peer, one of them takes its answers. */
static void *ask_peer(void *arg)
{
	struct cpu *cpu = arg;
	uint8_t bytes[60] = {2, 9, 9, 9, 9, 9, 2, 0, 0, 0, 0, (uint8_t)cpu->number,
			     8, 6, 0, 1, 8, 0, 6, 4, 0, 1};
	struct frame f = {.bytes = bytes, .size = sizeof(bytes)};
	uint64_t answered = 0;

	bytes[38] = 10;
	bytes[41] = 2;
	while (answered < FRAMES || __atomic_load_n(&senders, __ATOMIC_ACQUIRE) > 1) {
		uint64_t now = time_now();

		if (answered < FRAMES && !cpu->seen[0]) {
			cpu->seen[0] = 1;
			switch_send(&cpu->nic, &f, now);
		}
		if (cpu->number == 0 && __atomic_load_n(&cpu->wire_due, __ATOMIC_ACQUIRE) <= now) {
			__atomic_store_n(&cpu->wire_due, CLOCK_NEVER, __ATOMIC_SEQ_CST);
			wake_by(&cpu->wire_due, wire_run(cpu->machine->end, now));
		}
		if (switch_next(&cpu->nic, now)) {
			switch_taken(&cpu->nic);
			cpu->seen[0] = 0;
			if (++answered == FRAMES && cpu->number != 0)
				break;
		}
	}
	__atomic_sub_fetch(&senders, 1, __ATOMIC_ACQ_REL);
	return NULL;
}

/* Each asks again when it has its answer: a lost wake-up would be the end of it. */
START_TEST(machine_and_peer)
{
	const struct peer_config config = {{2, 9, 9, 9, 9, 9}, 0x0a000002, 50};
	pthread_t thread[CPUS];

	require(wire_init(&wire, &line));
	require(peer_init(&peer, &config, answers, sizeof(answers)));
	power_on(&machines[0], 0);
	wire_attach_peer(&wire, 1, &peer);
	senders = CPUS;
	for (unsigned i = 0; i < CPUS; i++)
		require(!pthread_create(&thread[i], NULL, ask_peer, &machines[0].cpu[i]));
	for (unsigned i = 0; i < CPUS; i++)
		pthread_join(thread[i], NULL);
	require(peer.counters.arp == CPUS * FRAMES && peer.counters.dropped_full == 0);
}
END_TEST

static TCase *cases(void)
{
	TCase *t = tcase_create("threads");

	tcase_set_timeout(t, SECONDS_MAX);
	tcase_add_test(t, two_machines);
	tcase_add_test(t, machine_and_peer);
	return t;
}

int main(int argc, char **argv)
{
	(void)argc;
	return run_threads_cases("net with threads", cases, argv);
}
