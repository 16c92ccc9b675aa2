// SPDX-License-Identifier: Apache-2.0
/* Guests in direct mode that want to keep the processor, or an interrupt of L0's, for themselves.
 */
#include <string.h>
#include "cpu.h"
#include "host.h"
#include "memory.h"
#include "suites.h"

#define OPEN_LOW  0x41
#define OPEN_HIGH 0xa1
#define L0_LOW    0x95
#define L0_HIGH   0xf2

static struct memory memory;
static struct cpu guest;
static struct host host;

/* A guest whose gates are all present, in direct mode, with interrupts on. */
static void begin(bool cuts)
{
	struct eli_vectors open = {{0}};

	memset(&memory, 0, sizeof(memory));
	for (unsigned i = 0; i < MEMORY_FRAMES; i++) {
		memory.map[i] = (uint8_t)i;
		memset(memory.frame[i], 0x8e, ELI_PAGE_SIZE);
	}
	host_init(&host, &guest, &memory);
	cpu_init(&guest, &memory, &host.vmcs);
	host.way = ELI_FULL;
	host.x2apic = true;
	host.cuts = cuts;
	eli_vectors_add(&host.l0, L0_LOW);
	eli_vectors_add(&host.l0, L0_HIGH);
	eli_vectors_add(&open, OPEN_LOW);
	eli_vectors_add(&open, OPEN_HIGH);
	host_assign(&host, &open);
	host_load_idt(&host, MEMORY_LINEAR, 0xfff);
	guest.interrupts = true;
	host_run(&host, true);
	ck_assert(host.now.direct && !host.now.exit_interrupt && !host.now.exit_eoi);
}

static void raise_physical(uint8_t vector)
{
	apic_raise(&guest.apic, vector);
	host_run(&host, false);
}

/* The guard's time is over. */
static void look(void)
{
	host.time += host.guard.knobs.look;
	ck_assert(host_look(&host));
	host_run(&host, true);
}

START_TEST(interrupts_off)
{
	begin(false);
	cpu_set_if(&guest, false);
	raise_physical(L0_LOW);
	raise_physical(L0_HIGH);
	ck_assert_uint_eq(host.taken, 0);
	look();
	ck_assert_uint_eq(host.taken, 2);
	ck_assert(host.now.direct && !guest.records);
}
END_TEST

START_TEST(highest_tpr)
{
	begin(false);
	host_write_tpr(&host, 0xff);
	host_run(&host, true);
	raise_physical(L0_HIGH);
	raise_physical(OPEN_HIGH);
	ck_assert_uint_eq(host.taken, 0);
	look();
	ck_assert_uint_eq(host.taken, 1);
	ck_assert_uint_eq(guest.records, 0);
	host_write_tpr(&host, 0);
	host_run(&host, true);
	ck_assert_uint_eq(guest.records, 1);
	ck_assert_uint_eq(guest.record[0].vector, OPEN_HIGH);
}
END_TEST

/* What stays in service in the processor would hold L0's own back for ever. */
START_TEST(no_eoi)
{
	begin(false);
	raise_physical(OPEN_HIGH);
	ck_assert(guest.apic.isr[OPEN_HIGH]);
	raise_physical(L0_LOW);
	ck_assert_uint_eq(host.taken, 0);
	look();
	ck_assert_uint_eq(host.taken, 1);
	ck_assert(!host.now.direct && host.virtual.isr[OPEN_HIGH] && !guest.apic.isr[OPEN_HIGH]);
	/* Its EOI, when it comes, is the virtual APIC's. */
	host_write_eoi(&host);
	ck_assert(!host.virtual.isr[OPEN_HIGH]);
}
END_TEST

/* EOIs that belong to nobody: without an exit, with one, and while L0's own is requested. */
START_TEST(many_eois)
{
	begin(false);
	apic_eoi(&guest.apic);
	guest.interrupts = false;
	raise_physical(L0_HIGH);
	for (unsigned i = 0; i < 10; i++)
		apic_eoi(&guest.apic); /* the guest's WRMSR */
	host_write_eoi(&host);
	look();
	ck_assert_uint_eq(host.taken, 1);
	ck_assert_uint_eq(guest.records, 0);
}
END_TEST

/* Another IDT under the same linear address, and no exit tells of it. */
static void move_silently(void)
{
	memory.map[0] = 3;
}

START_TEST(other_pages_cut)
{
	begin(true);
	move_silently();
	raise_physical(L0_HIGH);
	ck_assert_uint_eq(host.taken, 1); /* by #GP */
	ck_assert_uint_eq(guest.records, 0);
	look();
	ck_assert_uint_eq(host.shadow.idt.page[0].gpa, MEMORY_GPA + 3 * ELI_PAGE_SIZE);
}
END_TEST

/* Without the limit the guest gets the delivery, once: but L0 finds its interrupt, and ends it. */
START_TEST(other_pages)
{
	begin(false);
	move_silently();
	raise_physical(L0_HIGH);
	ck_assert_uint_eq(host.taken, 0);
	ck_assert_uint_eq(guest.record[0].vector, L0_HIGH);
	if (_i)
		raise_physical(L0_LOW); /* behind it */
	look();
	ck_assert_int_eq((int)host.taken, 1 + _i);
	ck_assert(!host.now.direct && !guest.apic.isr[L0_HIGH] && !host.virtual.isr[L0_HIGH]);
	ck_assert(eli_guard_rests(&host.guard, host.time));
}
END_TEST

/* Gates of assigned vectors that are jammed: the guest's own #NP, and an end of it. */
START_TEST(jammed_gates)
{
	unsigned exits = 0;

	begin(false);
	host_store(&host, 0, OPEN_LOW * 16 + 5, 0x0e);
	while (host.now.direct && exits++ < 1000) {
		raise_physical(OPEN_LOW);
		ck_assert_uint_eq(guest.record[guest.records - 1].vector, VECTOR_NP);
		ck_assert_uint_eq(guest.record[guest.records - 1].error, OPEN_LOW << 3 | 3);
		host_run(&host, true);
		guest.records = guest.depth = 0;
		guest.interrupts = true;
		apic_eoi(&guest.apic);
	}
	ck_assert_uint_eq(host.guard.rests, 1);
	ck_assert_uint_lt(exits, 100);
}
END_TEST

/* INT n of L0's vector is no interrupt of L0's. */
START_TEST(forged)
{
	begin(false);
	memset(memory.frame[0], 0xee, ELI_PAGE_SIZE);
	eli_idt_open(&host.shadow.idt, &host.open);
	host_exit(&host, cpu_int(&guest, L0_HIGH));
	host_run(&host, true);
	ck_assert_uint_eq(host.taken, 0);
	ck_assert_uint_eq(guest.record[0].vector, L0_HIGH);
	ck_assert_uint_eq(guest.record[0].rip, CPU_STEP);
	ck_assert(!guest.record[0].rf);
}
END_TEST

TCase *hostile_cases(void)
{
	TCase *tcase = tcase_create("hostile");

	tcase_add_test(tcase, interrupts_off);
	tcase_add_test(tcase, highest_tpr);
	tcase_add_test(tcase, no_eoi);
	tcase_add_test(tcase, many_eois);
	tcase_add_test(tcase, other_pages_cut);
	tcase_add_loop_test(tcase, other_pages, 0, 2);
	tcase_add_test(tcase, jammed_gates);
	tcase_add_test(tcase, forged);
	return tcase;
}
