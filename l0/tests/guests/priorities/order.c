// SPDX-License-Identifier: Apache-2.0
// All mixes of pending, nested and masked interrupts: which handler begins next is what one local
// APIC says. Each begins only where interrupts are let in, so the model is never asked too early.
#include "apic.h"
#include "engine.h"
#include "model.h"
#include "processor.h"
#include "trap.h"

#define FIRST    0x20
#define DEEPEST  10
#define PATIENCE 2000000ULL

void order_handler(uint64_t vector);
extern char order_stubs[];

static struct {
	uint64_t random;
	unsigned int depth, begun, devices;
	bool open;       /* an interrupt may come here */
	bool draining;   /* handlers do nothing but end */
	int software;    /* the INT n that is being executed, or -1 */
	bool has_device; /* some come from a device */
	bool has_self;   /* the x2APIC's self-IPI register is there */
} order;

/* splitmix64: the same in each run. */
static uint64_t below(uint64_t n)
{
	uint64_t z = order.random += 0x9e3779b97f4a7c15ULL;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return (z ^ z >> 31) % n;
}

/* ---- what the guest does ---- */

static void send_by_device(uint8_t vector)
{
	engine_message(0xfee00000, vector);
	check_eq("a buffer", ENGINE_DONE, engine_write(address_of(&engine_ring) + 0xf00));
	order.devices++;
}

static void send(uint8_t vector)
{
	if (order.has_device && below(3) == 0)
		send_by_device(vector);
	else if (order.has_self && below(2))
		wrmsr(MSR_X2APIC + 0x3f, vector);
	else
		apic_self_ipi(vector);
}

/* Requested, before anything else is done: from here on its place in the order is certain. */
static void raise(void)
{
	uint8_t vector = (uint8_t)(FIRST + below(14) * 16 + below(3));
	uint64_t start = rdtsc();

	send(vector);
	while (!apic_bit(APIC_IRR, vector) && rdtsc() - start < PATIENCE)
		asm volatile("pause");
	check("requested", apic_bit(APIC_IRR, vector));
	model_raise(vector);
}

static void raise_some(void)
{
	for (uint64_t n = 1 + below(4); n; n--)
		raise();
}

/* Interrupts are let in for a moment: all that may come does. */
static void let_in(void)
{
	order.open = true;
	sti();
	cli();
	order.open = false;
	check_eq("nothing is left", (uint64_t)-1, (uint64_t)model_next());
}

static void halt(void)
{
	if (model_next() < 0)
		return;
	order.open = true;
	asm volatile("sti\n\thlt\n\tcli" ::: "memory");
	order.open = false;
	check_eq("nothing is left by HLT", (uint64_t)-1, (uint64_t)model_next());
}

static void end_one(void)
{
	model_eoi();
	apic_eoi();
}

static void set_priority(uint8_t tpr)
{
	model.tpr = tpr;
	if (tpr & 15)
		apic_write(APIC_TPR, tpr);
	else
		write_cr8(tpr >> 4);
}

/* Low ones more often, or nothing would come. */
static void change_priority(void)
{
	uint64_t level = below(3) ? below(6) : below(16);

	set_priority((uint8_t)(level << 4 | (below(4) ? 0 : below(16))));
}

/* INT n of a vector that interrupts use as well: no business of the APIC's. */
static void software(void)
{
	if (below(2)) {
		order.software = FIRST + 0x41;
		asm volatile("int %0" ::"i"(FIRST + 0x41) : "memory");
	} else {
		order.software = FIRST + 0xb0;
		asm volatile("int %0" ::"i"(FIRST + 0xb0) : "memory");
	}
	check_eq("INT n came at once", (uint64_t)-1, (uint64_t)order.software);
}

/* What the registers show. Bits 3:0 of PPR are the processor's choice (11.8.3.1). */
static void compare(void)
{
	check_eq("PPR", model_class(), apic_read(APIC_PPR) >> 4);
	check_eq("TPR", model.tpr, apic_read(APIC_TPR));
	for (unsigned int n = 0; n < 8; n++) {
		check_eq("IRR", model.irr[n], apic_read((enum apic_register)(APIC_IRR + 16 * n)));
		check_eq("ISR", model.isr[n], apic_read((enum apic_register)(APIC_ISR + 16 * n)));
	}
}

static void (*const operations[])(void) = {
	raise_some, raise_some, raise_some, let_in, let_in,   let_in,  let_in,  end_one,
	end_one,    end_one,    halt,       halt,   software, compare, compare, change_priority,
};

static void steps(uint64_t n)
{
	while (n--)
		operations[below(ARRAY_SIZE(operations))]();
}

/* ---- what comes ---- */

static void take_interrupt(uint64_t vector)
{
	check("interrupts are on", order.open);
	check_eq("the next one", (uint64_t)model_next(), vector);
	model_take((uint8_t)vector);
	order.open = false;
}

static void take_software(uint64_t vector)
{
	check_eq("INT n", (uint64_t)order.software, vector);
	order.software = -1;
}

void order_handler(uint64_t vector)
{
	bool interrupt = order.software < 0;

	/* What the processor was told of has been masked since (11.9): nothing is in service. */
	if (vector == APIC_SPURIOUS)
		return;
	if (interrupt)
		take_interrupt(vector);
	else
		take_software(vector);
	order.begun++;
	if (++order.depth < DEEPEST && !order.draining)
		steps(below(6));
	if (interrupt && below(8))
		end_one();
	order.depth--;
	order.open = interrupt; /* as IRET leaves it */
}

/* ---- the tests ---- */

static void set_gates(void)
{
	for (uint64_t v = FIRST; v < 256; v++) {
		uint64_t at = address_of(order_stubs) + 16 * v;

		idt_l1[2 * v] = (at & 0xffff) | (SEL_CODE64 << 16) | BITS(47, 47) | BITS(46, 45) |
				(0xeULL << 40) | ((at & 0xffff0000) << 32);
		idt_l1[2 * v + 1] = at >> 32;
	}
}

/* What was left in service, or held back, ends. */
static void drain(void)
{
	order.draining = true;
	set_priority(0);
	for (unsigned int i = 0; i < 300 && !model_empty(); i++) {
		end_one();
		let_in();
	}
	order.draining = false;
	check("all of them have come", model_empty());
	compare();
}

static void run(uint64_t seed, uint64_t n)
{
	set_gates();
	order.random = seed;
	order.software = -1;
	order.begun = order.devices = 0;
	steps(n);
	drain();
	check("many have", order.begun > n / 2);
	order.has_device = order.has_self = false;
}

TEST(order_xapic)
{
	apic_enable();
	run(0x1d7, 1000);
}

TEST(order_xapic_device)
{
	if (!engine_begin())
		return;
	apic_enable();
	order.has_device = true;
	run(0xde1, 600);
	check("some from the device", order.devices > 100);
}

/* The last two: only a reset leaves x2APIC mode. */
TEST(order_x2apic)
{
	if (!apic_enable_x2()) {
		skip("no x2APIC");
		return;
	}
	order.has_self = true;
	run(0x2a9, 1500);
}

TEST(order_x2apic_device)
{
	if (!engine_begin())
		return;
	if (!apic_enable_x2()) {
		skip("no x2APIC");
		return;
	}
	order.has_self = order.has_device = true;
	run(0x2de, 1000);
	check("some from the device", order.devices > 100);
}
