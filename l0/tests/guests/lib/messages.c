// SPDX-License-Identifier: Apache-2.0
#include "messages.h"
#include "apic.h"
#include "engine.h"
#include "processor.h"
#include "trap.h"

#define PATIENCE 2000000ULL

void message_send_to(unsigned int cpu, uint8_t vector)
{
	engine_message(0xfee00000 | (uint64_t)cpu << 12, vector);
	check_eq("a buffer", ENGINE_DONE, engine_write(address_of(&engine_ring) + 0xf00));
}

void message_send(uint8_t vector)
{
	message_send_to(0, vector);
}

void message_request(uint8_t vector)
{
	uint64_t start = rdtsc();

	message_send(vector);
	while (!apic_bit(APIC_IRR, vector) && rdtsc() - start < PATIENCE)
		asm volatile("pause");
	check("requested", apic_bit(APIC_IRR, vector));
}

void message_let_in(void)
{
	sti();
	cli();
}

void message_comes(uint8_t vector)
{
	uint32_t before = irq_count[vector];

	message_request(vector);
	message_let_in();
	check_eq("it came", before + 1, irq_count[vector]);
	check("and was ended", !apic_bit(APIC_ISR, vector));
}

void messages_wait(uint64_t ticks)
{
	uint64_t start = rdtsc();

	while (rdtsc() - start < ticks)
		asm volatile("pause");
}

/*
 * The first message of a vector opens it; L0's shadow of the IDT stands when that was left alone
 * for a time.
 */
bool messages_begin_after(uint64_t ticks)
{
	trap_reload();
	if (!engine_begin())
		return false;
	if (!apic_enable_x2()) {
		skip("no x2APIC");
		return false;
	}
	message_comes(DEVICE);
	messages_wait(ticks);
	message_comes(DEVICE);
	return true;
}

bool messages_begin(void)
{
	return messages_begin_after(MESSAGES_LONG);
}

void messages_mark(uint32_t what, uint32_t number)
{
	cpuid(0x54530000 + what, number);
}
