// SPDX-License-Identifier: Apache-2.0
#include "world.h"
#include <string.h>
#include "suites.h"

static uint64_t take(struct world *w, size_t bytes)
{
	uint64_t value = 0;

	if (bytes > w->left)
		bytes = w->left;
	memcpy(&value, w->data, bytes);
	w->data += bytes;
	w->left -= bytes;
	return value;
}

/* Few of them, so that they meet: in all classes from 2 on. */
static uint8_t take_vector(struct world *w)
{
	uint8_t byte = (uint8_t)take(w, 1);

	if (byte < 16)
		return byte % 2 ? WORLD_L0_HIGH : WORLD_L0_LOW;
	return (uint8_t)(0x20 + byte % 14 * 16 + (byte >> 6) % 3);
}

/* ---- both at once ---- */

static bool same_frames(const struct frame *bare, const struct frame *guest)
{
	return bare->rip == guest->rip && bare->handler == guest->handler &&
	       bare->error == guest->error && bare->vector == guest->vector &&
	       bare->interrupts == guest->interrupts;
}

/* README, "What differs": one that was set when a masked interrupt came is lost, never made. */
static bool same_rf(const struct cpu *guest, bool bare_rf, bool guest_rf)
{
	return bare_rf == guest_rf || (guest->rf_lost && bare_rf);
}

static void compare_processors(const struct cpu *bare, const struct cpu *guest)
{
	EXPECT(bare->records == guest->records);
	for (unsigned i = 0; i < bare->records; i++) {
		EXPECT(same_frames(&bare->record[i], &guest->record[i]));
		EXPECT(same_rf(guest, bare->record[i].rf, guest->record[i].rf));
	}
	EXPECT(bare->rip == guest->rip && bare->depth == guest->depth);
	EXPECT(bare->interrupts == guest->interrupts && same_rf(guest, bare->rf, guest->rf));
}

/* What the guest reads of its APIC: the virtual half and the physical one together. */
static void compare_apics(const struct world *w)
{
	const struct apic *bare = &w->bare.apic, *virtual = &w->host.virtual;
	const struct apic *physical = &w->guest.apic;
	struct eli_view view = {
		apic_half(virtual, &(struct eli_vectors){{0}}),
		apic_half(physical, &w->host.l0),
		virtual->tpr,
	};

	for (unsigned v = 0; v < 256; v++) {
		bool l0 = eli_vectors_has(&w->host.l0, (uint8_t)v);

		EXPECT(bare->irr[v] == (virtual->irr[v] || (physical->irr[v] && !l0)));
		EXPECT(bare->isr[v] == (virtual->isr[v] || physical->isr[v]));
		EXPECT(!virtual->isr[v] || !physical->isr[v]);
	}
	EXPECT(bare->tpr == virtual->tpr && apic_ppr(bare) == eli_ppr(&view));
	/* Nothing is due that has not come. */
	EXPECT(eli_first(&view) == ELI_NOBODY || !w->bare.interrupts);
}

/* Both run until nothing is due. @kick: L0 has something for its guest. */
static void settle(struct world *w, bool kick)
{
	bool look = host_look(&w->host);

	cpu_run(&w->bare);
	host_run(&w->host, kick || look);
	compare_processors(&w->bare, &w->guest);
	compare_apics(w);
	/* Whatever the guest has in service, masks or holds back, L0 has its own by then. */
	EXPECT(!look || w->host.taken == w->raised);
	w->handlers += w->bare.records;
	w->bare.records = w->guest.records = 0;
}

/* ---- what happens ---- */

/* By the processor's APIC, if it is assigned; else, or if it is an IPI, by the virtual one. */
static bool raise_one(struct world *w)
{
	uint8_t vector = take_vector(w);
	bool ipi = take(w, 1) % 4 == 0 && !w->pure;

	if (w->pure && !eli_vectors_has(&w->host.open, vector))
		return false;
	apic_raise(&w->bare.apic, vector);
	if (!ipi && eli_vectors_has(&w->host.open, vector)) {
		apic_raise(&w->guest.apic, vector);
		return false;
	}
	apic_raise(&w->host.virtual, vector);
	return true;
}

/* One to four of them at once. */
static void op_raise(struct world *w)
{
	bool kick = false;

	for (uint64_t n = take(w, 1) % 8; n < 5; n += 2)
		kick |= raise_one(w);
	kick |= raise_one(w);
	settle(w, kick);
}

static void op_l0(struct world *w)
{
	uint8_t vector = take(w, 1) % 2 ? WORLD_L0_HIGH : WORLD_L0_LOW;

	w->raised += !w->guest.apic.irr[vector];
	apic_raise(&w->guest.apic, vector);
	settle(w, false);
}

static void op_eoi(struct world *w)
{
	bool exits = w->host.now.exit_eoi;

	if (w->lazy && take(w, 1) % 128)
		return;
	cpu_step(&w->bare);
	cpu_step(&w->guest);
	apic_eoi(&w->bare.apic);
	if (exits)
		host_write_eoi(&w->host);
	else
		apic_eoi(&w->guest.apic);
	settle(w, exits);
}

static void set_tpr(struct world *w, uint8_t tpr)
{
	cpu_step(&w->bare);
	cpu_step(&w->guest);
	w->bare.apic.tpr = tpr;
	host_write_tpr(&w->host, tpr);
	settle(w, true);
}

static void op_tpr(struct world *w)
{
	uint8_t byte = (uint8_t)take(w, 1);

	set_tpr(w, byte % 4 ? byte & 0x70 : byte);
}

static void set_if(struct world *w, bool on)
{
	cpu_set_if(&w->bare, on);
	cpu_set_if(&w->guest, on);
	settle(w, false);
}

static void op_sti(struct world *w)
{
	set_if(w, true);
}

static void op_cli(struct world *w)
{
	set_if(w, false);
}

static void op_iret(struct world *w)
{
	if (!w->bare.depth)
		return;
	cpu_iret(&w->bare);
	cpu_iret(&w->guest);
	settle(w, false);
}

static void op_int(struct world *w)
{
	uint8_t vector = take_vector(w);
	enum reason why;

	if (w->lazy || w->bare.depth > CPU_DEPTH / 2)
		return;
	cpu_int(&w->bare, vector);
	why = cpu_int(&w->guest, vector);
	if (why != RUNS)
		host_exit(&w->host, why);
	settle(w, why != RUNS);
}

/* An exit of no meaning here: CPUID. */
static void op_exit(struct world *w)
{
	cpu_step(&w->bare);
	cpu_step(&w->guest);
	settle(w, true);
}

/* L0 has a page less than the next delivery needs. */
static void op_violation(struct world *w)
{
	w->host.vmcs.violation = true;
}

/* ---- the IDT ---- */

static void store(struct world *w, uint64_t linear, uint8_t value)
{
	int frame = memory_frame(&w->memory, linear);

	*memory_byte(&w->bare_memory, linear) = value;
	host_store(&w->host, (unsigned)frame, linear % ELI_PAGE_SIZE, value);
}

static uint64_t gate_of(const struct world *w, uint8_t vector)
{
	return w->host.idt_base + vector * UINT64_C(16);
}

/* Interrupt gate or trap gate, for user mode or not, present or not, or no gate at all. */
static void op_gate(struct world *w)
{
	static const uint8_t flags[] = {0x8e, 0x8f, 0xee, 0xef, 0x0e, 0x6f, 0x00, 0x8c};
	uint8_t vector = take_vector(w), byte = (uint8_t)take(w, 1);

	store(w, gate_of(w, vector) + 5, flags[byte % 16 < 10 ? byte % 4 : byte % 8]);
	store(w, gate_of(w, vector), byte); /* and another handler */
	settle(w, true);
}

static void op_store(struct world *w)
{
	uint64_t at = take(w, 2) % (ELI_PAGE_SIZE * MEMORY_PAGES);
	uint64_t offset = MEMORY_LINEAR + at - w->host.idt_base;

	/* Not to what must stay good. */
	if (offset < ELI_EXCEPTIONS * 16)
		return;
	store(w, MEMORY_LINEAR + at, (uint8_t)take(w, 1));
	settle(w, true);
}

static void write_gate(struct world *w, uint8_t vector)
{
	uint8_t bytes[16] = {(uint8_t)vector, (uint8_t)(0x10 + vector / 16), 8, 0, 0, 0x8e};

	if (vector % 8 < 2)
		bytes[5] = (uint8_t)(0xee | vector % 2); /* a user may; one of them keeps IF */
	for (unsigned i = 0; i < 16; i++) {
		*memory_byte(&w->bare_memory, gate_of(w, vector) + i) = bytes[i];
		*memory_byte(&w->memory, gate_of(w, vector) + i) = bytes[i];
	}
}

static uint16_t take_limit(struct world *w)
{
	uint64_t kind = take(w, 1);

	/* Exceptions are always whole; others may be cut in two. */
	return (uint16_t)(kind % 2 ? 0xfff : kind % 8 ? 0x1ff + take(w, 2) % 0xe20 : 0xffff);
}

/* Another place, under other pages, some of them twice; L0 does not watch while it is written. */
static void op_move(struct world *w)
{
	uint64_t at = take(w, 2) % (ELI_PAGE_SIZE * (MEMORY_PAGES - 1));
	uint64_t maps = take(w, 4);

	eli_idt_drop(&w->host.shadow.idt);
	for (unsigned i = 0; i < MEMORY_PAGES; i++, maps /= MEMORY_FRAMES)
		w->memory.map[i] = w->bare_memory.map[i] = (uint8_t)(maps % MEMORY_FRAMES);
	w->host.idt_base = MEMORY_LINEAR + (at % 3 ? at & ~UINT64_C(15) : at);
	for (unsigned v = 0; v < 256; v++)
		write_gate(w, (uint8_t)v);
	w->bare.idt_base = w->host.idt_base;
	w->bare.idt_limit = take_limit(w);
	host_load_idt(&w->host, w->bare.idt_base, w->bare.idt_limit);
	settle(w, true);
}

/* A device gets another vector, often one that is on its way: it stays on its way. */
static void op_assign(struct world *w)
{
	struct eli_half half = apic_half(&w->guest.apic, &w->host.l0);
	struct eli_vectors open = w->host.open;
	uint8_t vector = take_vector(w);

	if (half.pending >= 0 && vector % 16)
		vector = (uint8_t)half.pending;
	if (eli_vectors_has(&w->host.l0, vector))
		return;
	if (eli_vectors_has(&open, vector))
		eli_vectors_remove(&open, vector);
	else
		eli_vectors_add(&open, vector);
	host_assign(&w->host, &open);
	settle(w, true);
}

/* ---- the run ---- */

#define MANY(op) op, op, op, op, op, op, op, op

static void (*const operations[])(struct world *w) = {
	MANY(op_raise), MANY(op_eoi),  MANY(op_eoi),  MANY(op_eoi), MANY(op_sti), MANY(op_sti),
	MANY(op_iret),  MANY(op_iret), MANY(op_iret), op_int,       op_int,       op_int,
	op_int,         op_cli,        op_cli,        op_tpr,       op_tpr,       op_tpr,
	op_l0,          op_l0,         op_exit,       op_violation, op_violation, op_gate,
	op_gate,        op_store,      op_assign,     op_assign,
};

#define OPERATIONS (sizeof(operations) / sizeof(operations[0]))

static void set_up(struct world *w)
{
	uint64_t bits = take(w, 4);

	cpu_init(&w->bare, &w->bare_memory, NULL);
	host_init(&w->host, &w->guest, &w->memory);
	cpu_init(&w->guest, &w->memory, &w->host.vmcs);
	eli_vectors_add(&w->host.l0, WORLD_L0_HIGH);
	eli_vectors_add(&w->host.l0, WORLD_L0_LOW);
	w->host.way = bits % 8 ? ELI_FULL - (bits % 8 < 3) : ELI_EXITS;
	w->host.x2apic = bits >> 3 & 3;
	w->host.cuts = bits >> 5 & 1;
	w->lazy = (bits >> 6 & 3) == 3;
	w->pure = bits >> 8 & 1;
	for (unsigned class = 2; class < 16; class ++) {
		if (bits >> (16 + class - 2) & 1)
			w->host.open.word[class / 2] |= UINT32_C(5) << class % 2 * 16;
	}
	w->host.open = eli_vectors_without(&w->host.open, &w->host.l0);
	w->bare.interrupts = w->guest.interrupts = true;
	w->bare.rip = w->guest.rip = 0x400000;
	op_move(w);
}

static bool busy(const struct world *w)
{
	static const struct eli_vectors nobody;
	struct eli_half bare = apic_half(&w->bare.apic, &nobody);
	struct eli_half physical = apic_half(&w->guest.apic, &nobody);

	return bare.pending >= 0 || bare.service >= 0 || physical.pending >= 0 || w->bare.depth;
}

/* Handlers end, priorities fall: everything that is left comes. */
static void drain(struct world *w)
{
	w->lazy = false;
	set_tpr(w, 0);
	for (unsigned i = 0; i < 600 && busy(w); i++) {
		op_eoi(w);
		op_iret(w);
		op_sti(w);
	}
	EXPECT(!busy(w) && w->host.taken == w->raised);
}

void world_run(struct world *w, const uint8_t *data, size_t size)
{
	memset(w, 0, sizeof(*w));
	w->data = data;
	w->left = size;
	set_up(w);
	while (w->left) {
		uint64_t n = take(w, 1);

		w->host.time++;
		w->steps++;
		if (n == 255 && take(w, 1) < 64)
			op_move(w);
		else if (w->bare.depth > CPU_DEPTH / 2)
			op_iret(w);
		else
			operations[n % OPERATIONS](w);
		if (w->steps % 64 == 0)
			shadow_check(&w->host.shadow);
	}
	drain(w);
}
