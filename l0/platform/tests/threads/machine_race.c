// SPDX-License-Identifier: Apache-2.0
#include <stddef.h>

#include "threads.h"
#include "vcpus.h"

/*
 * A token goes around by IPIs; a vCPU without it is halted until it is kicked. The token itself is
 * a plain word: an interrupt carries with it what its sender had written.
 */
#define HOPS 10000u
#define TURN 0x51u

static unsigned token;

static void pass(struct lapic *l)
{
	uint64_t next = (l->id + 1) % VCPUS;

	token++;
	lapic_msr_write(l, REG_ICR, next << 32 | TURN, 0);
}

static void *hop(void *argument)
{
	struct lapic *l = argument;

	if (l->id == 0)
		pass(l);
	for (unsigned i = 0; i < HOPS / VCPUS; i++) {
		while (lapic_pending(l) < 0) {
			vcpus_sleep(l);
			lapic_drain(l);
		}
		require(lapic_ack(l) == TURN);
		require(token % VCPUS == l->id);
		lapic_msr_write(l, REG_EOI, 0, 0);
		/* The last one keeps it. */
		if (token < HOPS)
			pass(l);
	}
	return NULL;
}

void token_race(void)
{
	vcpus_run(NULL, hop);
	require(token == HOPS);
	report("machine: a token went %u hops", token);
}

/* Everything at once: devices, messages to anyone, names that change, INIT and what follows. */
#define ROUNDS 10000u

static uint32_t draw(uint64_t *state)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(*state >> 33);
}

static void devices(struct lapic *l, uint64_t *state, uint64_t now)
{
	static const uint16_t ports[] = {0x20, 0x21, 0x40, 0x43, 0x71, 0x3f8, 0x3f9, 0x600, 0xcf8};
	uint16_t port = ports[draw(state) % (sizeof(ports) / sizeof(ports[0]))];
	uint64_t gpa = IOAPIC_BASE + draw(state) % 2 * 16, wide;
	uint32_t value;

	platform_port_write(&platform, l->id, port, 1, draw(state), now);
	platform_port_read(&platform, l->id, port, 1, &value, now);
	platform_mmio_write(&platform, l->id, gpa, 4, draw(state), now);
	platform_mmio_read(&platform, l->id, gpa, 4, &wide, now);
	platform_irq_line(&platform, draw(state) % 24, draw(state) % 2);
	uart_receive(&platform, (uint8_t)value);
}

static void messages(struct lapic *l, uint64_t *state, uint64_t now)
{
	uint64_t destination = draw(state) % 8 ? draw(state) % VCPUS : 0xffffffff;

	lapic_msr_write(l, REG_ICR, destination << 32 | (draw(state) & 0xccfff), now);
	lapic_msr_write(l, REG_SELF, draw(state) & 0xff, now);
	platform_msi(&platform, 0xfee00000 | (draw(state) & 0xff00c), draw(state) & 0xc7ff);
	lapic_msr_write(l, 0x808, draw(state) & 0xff, now); /* TPR */
	lapic_msr_write(l, 0x835, 0x700 | (draw(state) & 0x10000), now);
	lapic_msr_write(l, REG_SVR, draw(state) % 8 ? 0x1ff : 0xff, now);
}

static void attend(struct lapic *l, uint64_t now)
{
	lapic_run(l, now);
	if (now >= platform_due(&platform, l->id))
		platform_run(&platform, now);
	lapic_drain(l);
	if (lapic_init_pending(l))
		lapic_take_init(l);
	if (lapic_sipi_pending(l))
		lapic_take_sipi(l);
	if (platform_extint_pending(&platform, l->id))
		platform_extint_ack(&platform);
	while (lapic_ack(l) >= 0)
		lapic_msr_write(l, REG_EOI, 0, now);
}

static void *storm(void *argument)
{
	struct lapic *l = argument;
	uint64_t state = l->id + 1, now = 0;

	for (unsigned i = 0; i < ROUNDS; i++) {
		now += draw(&state) % 2000;
		if (draw(&state) % 2)
			devices(l, &state, now);
		else
			messages(l, &state, now);
		attend(l, now);
	}
	return NULL;
}

void storm_race(void)
{
	vcpus_run(NULL, storm);
	report("machine: %u rounds of %u vCPUs, %u bytes out, %u stops", ROUNDS, VCPUS, race_bytes,
	       race_stops);
}
