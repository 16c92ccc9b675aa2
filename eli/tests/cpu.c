// SPDX-License-Identifier: Apache-2.0
#include "cpu.h"
#include <string.h>
#include "suites.h"

void cpu_init(struct cpu *c, struct memory *memory, struct vmcs *vmcs)
{
	memset(c, 0, sizeof(*c));
	c->memory = memory;
	c->vmcs = vmcs;
	for (unsigned i = 0; i < MEMORY_FRAMES; i++)
		c->sees[i] = memory->frame[i];
}

/* ---- delivery ---- */

static unsigned type_of(const struct event *e)
{
	return (e->info & EVENT_TYPE) >> EVENT_TYPE_SHIFT;
}

static uint8_t byte_at(const struct cpu *c, uint64_t linear)
{
	int frame = memory_frame(c->memory, linear);

	EXPECT(frame >= 0);
	return c->sees[frame][linear % ELI_PAGE_SIZE];
}

struct gate {
	uint64_t handler;
	uint8_t flags;
};

static struct gate read_gate(const struct cpu *c, uint8_t vector)
{
	uint64_t at = c->idt_base + vector * UINT64_C(16);

	return (struct gate){
		.handler = byte_at(c, at) | (uint64_t)byte_at(c, at + 1) << 8,
		.flags = byte_at(c, at + 5),
	};
}

/* The exception that the gate of an event raises, 0 if it is good: vol. 2, "INT n". */
static uint8_t gate_fault(const struct cpu *c, const struct event *e, struct gate *gate)
{
	uint8_t vector = (uint8_t)e->info;
	bool user = c->depth == 0; /* handlers are the kernel's */

	if (vector * 16u + 15 > c->idt_limit)
		return VECTOR_GP;
	*gate = read_gate(c, vector);
	if ((gate->flags & 0x1e) != 0x0e) /* neither a 64-bit interrupt gate nor a trap gate */
		return VECTOR_GP;
	if (type_of(e) == EVENT_SOFTWARE_INTERRUPT && user && (gate->flags >> 5 & 3) != 3)
		return VECTOR_GP;
	return gate->flags & 0x80 ? 0 : VECTOR_NP;
}

static void begin_handler(struct cpu *c, const struct event *e, const struct gate *gate)
{
	struct frame frame = {
		.rip = c->rip,
		.handler = gate->handler,
		.error = e->info & EVENT_ERROR ? e->error : 0,
		.vector = (uint8_t)e->info,
		.interrupts = c->interrupts,
		.rf = type_of(e) == EVENT_HARDWARE || c->rf,
	};

	if (type_of(e) == EVENT_SOFTWARE_INTERRUPT)
		frame.rip += e->length;
	EXPECT(c->depth < CPU_DEPTH && c->records < CPU_RECORDS);
	c->stack[c->depth++] = frame;
	c->record[c->records++] = frame;
	c->rip = gate->handler;
	c->rf = false;
	if (!(gate->flags & 1))
		c->interrupts = false;
}

static struct event fault_of(const struct event *e, uint8_t vector)
{
	struct event fault = event_of(EVENT_HARDWARE, vector);

	fault.info |= EVENT_ERROR;
	fault.error = (e->info & EVENT_VECTOR) << 3 | 2 | (type_of(e) != EVENT_SOFTWARE_INTERRUPT);
	return fault;
}

static enum reason leave(struct cpu *c, enum reason why, const struct event *fault,
			 const struct event *during)
{
	c->vmcs->exit = (struct eli_exit){
		.info = fault ? fault->info : 0,
		.error = fault ? fault->error : 0,
		.vectoring = during ? during->info : 0,
		.length = during ? during->length : 0,
		.limit = c->idt_limit,
	};
	c->vmcs->vectoring_error = during ? during->error : 0;
	c->vmcs->rf = c->rf;
	/* SDM vol. 3, 28.3.3: RFLAGS as the exception would have pushed it. */
	if (fault)
		c->rf = true;
	return why;
}

static enum reason deliver(struct cpu *c, struct event e)
{
	struct gate gate;
	struct event fault;
	uint8_t vector;

	if (c->vmcs && c->vmcs->violation) {
		c->vmcs->violation = false;
		return leave(c, VIOLATION, NULL, &e);
	}
	vector = gate_fault(c, &e, &gate);
	if (!vector) {
		begin_handler(c, &e, &gate);
		return RUNS;
	}
	fault = fault_of(&e, vector);
	if (c->vmcs && c->vmcs->exit_faults)
		return leave(c, EXCEPTION, &fault, &e);
	EXPECT(!gate_fault(c, &fault, &gate)); /* the tests' guests have good exceptions */
	begin_handler(c, &fault, &gate);
	return RUNS;
}

static enum reason exit_interrupt(struct cpu *c)
{
	const struct event e = event_of(EVENT_EXTERNAL, apic_take(&c->apic));

	leave(c, INTERRUPT, NULL, NULL);
	c->vmcs->exit.info = e.info;
	return INTERRUPT;
}

static enum reason take_interrupt(struct cpu *c)
{
	if (c->vmcs && c->vmcs->window && c->interrupts)
		return leave(c, WINDOW, NULL, NULL);
	if (c->vmcs && c->vmcs->exit_interrupt && apic_next(&c->apic) >= 0)
		return exit_interrupt(c);
	return deliver(c, event_of(EVENT_EXTERNAL, apic_take(&c->apic)));
}

static bool interrupt_due(const struct cpu *c)
{
	if (c->vmcs && c->vmcs->window && c->interrupts)
		return true;
	return apic_next(&c->apic) >= 0 && (c->interrupts || (c->vmcs && c->vmcs->exit_interrupt));
}

enum reason cpu_run(struct cpu *c)
{
	enum reason why = RUNS;

	if (c->vmcs && c->vmcs->entry.info) {
		struct event e = c->vmcs->entry;

		c->vmcs->entry.info = 0;
		why = deliver(c, e);
	}
	while (why == RUNS && interrupt_due(c))
		why = take_interrupt(c);
	return why;
}

/* ---- instructions ---- */

void cpu_step(struct cpu *c)
{
	c->rip += CPU_STEP;
	c->rf = false;
}

void cpu_set_if(struct cpu *c, bool on)
{
	c->interrupts = on;
	cpu_step(c);
}

void cpu_iret(struct cpu *c)
{
	const struct frame *frame = &c->stack[--c->depth];

	c->rip = frame->rip;
	c->interrupts = frame->interrupts;
	c->rf = frame->rf;
}

enum reason cpu_int(struct cpu *c, uint8_t vector)
{
	struct event e = event_of(EVENT_SOFTWARE_INTERRUPT, vector);

	e.length = CPU_STEP;
	c->rf = false; /* SDM vol. 3, 18.3.1.1: no frame of INT n has it set */
	return deliver(c, e);
}
