// SPDX-License-Identifier: Apache-2.0
// Guests that want to keep their processor, or another's interrupts, from L0: each way by an L1 and
// by an L2, each a measurement, so that L0 says for how long it waited. `look=TICKS` is L0's
// eli_look.
#include "threats.h"
#include "apic.h"
#include "engine.h"
#include "messages.h"
#include "processor.h"
#include "trap.h"
#include "vmx.h"

#define EVERY 15000ULL /* ticks from one message to the next */

uint64_t *threat_table, threat_gates[512];

static uint64_t table_l2[512] __attribute__((aligned(4096)));
static uint64_t look, started, next;
static void (*act)(void);

/* ---- what the acts have in common ---- */

void threat_lidt(const void *base, uint16_t limit)
{
	struct {
		uint16_t limit;
		uint64_t base;
	} __attribute__((packed)) idtr = {limit, address_of(base)};

	asm volatile("lidt %0" ::"m"(idtr));
}

void threat_message(void)
{
	if (engine_idle())
		engine_post();
}

bool threat_goes_on(void)
{
	uint64_t now = rdtsc();

	if (now >= next) {
		next = now + EVERY;
		threat_message();
	}
	return now - started < 2 * look + look / 4;
}

int threat_taken(void)
{
	int fault;

	threat_message();
	fault = CATCH(sti(); messages_wait(2000));
	cli();
	if (fault != NO_FAULT && apic_bit(APIC_ISR, DEVICE))
		apic_eoi();
	return fault;
}

/* ---- where ---- */

enum place { AS_L1, AS_L2, AS_OPEN_L2, PLACES };

static void do_it(void)
{
	started = rdtsc();
	next = started;
	act();
	cli();
}

static void as_l2(void)
{
	do_it();
	asm volatile("vmcall; hlt");
}

static void enter_l2(bool exits)
{
	uint32_t reason;

	for (unsigned int i = 0; i < 512; i++)
		table_l2[i] = threat_gates[i];
	threat_table = table_l2;
	vm_setup(as_l2);
	vmwrite(GUEST_IDTR_BASE, address_of(table_l2));
	if (exits)
		vm_set(WORD_PIN, PIN_EXTERNAL);
	else
		vm_clear(WORD_PIN, PIN_EXTERNAL);
	/* Halted for ever, if what would wake it was L1's. */
	vm_guard(5 * look);
	while ((reason = vm_run()) == X_EXTERNAL || reason == X_TIMER) {
		vmwrite(GUEST_ACTIVITY, 0);
		message_let_in();
	}
	check_eq("how L2 ended", X_VMCALL, reason);
}

static void enact(enum place where)
{
	threat_table = idt_l1;
	if (where == AS_L1)
		do_it();
	else
		enter_l2(where == AS_L2);
}

/* ---- before and after ---- */

/* As at first, whatever was done. */
static void settle(void)
{
	for (unsigned int i = 0; i < 512; i++)
		if (idt_l1[i] != threat_gates[i])
			idt_l1[i] = threat_gates[i];
	trap_reload();
	irq_keep = false;
	write_cr8(0);
	apic_enable_x2();
	for (uint32_t v = 16; v < 256; v++)
		if (apic_bit(APIC_ISR, v))
			apic_eoi();
	message_let_in();
}

/* Where an EOI does not exit. */
static bool is_direct(void)
{
	uint64_t start = rdtsc();

	wrmsr(MSR_X2APIC + APIC_EOI / 16, 0);
	return rdtsc() - start < 40;
}

/* L0's guards forbid direct mode for a time, and for a longer one if there is soon trouble again.
 */
static bool begin(void)
{
	if (!messages_begin_after(2 * look))
		return false;
	if (option("exits") || is_direct())
		return true;
	for (unsigned int i = 0; i < 600 && !is_direct(); i++)
		messages_wait(look);
	messages_wait(17 * look);
	return true;
}

static void measure(uint32_t number, enum place where)
{
	static const uint8_t vectors[] = {DEVICE, OWN};

	if (!begin())
		return;
	check("direct", option("exits") || is_direct());
	/* Twice, and in between L0 has what came while it cleared its counters, which takes long.
	 */
	messages_mark(1, number + 100 * where);
	messages_wait(2 * look);
	messages_mark(1, number + 100 * where);
	for (unsigned int i = 0; i < ARRAY_SIZE(vectors); i++) {
		engine_message(0xfee00000, vectors[i]);
		enact(where);
		settle();
	}
	messages_mark(2, 1);
	message_comes(DEVICE);
}

void threat_keep_gates(void)
{
	if (threat_gates[0])
		return;
	for (unsigned int i = 0; i < 512; i++)
		threat_gates[i] = idt_l1[i];
}

/* In an L2's window of time what its L1 is left to do counts, too. */
static void each_place(uint32_t number, void (*what)(void))
{
	look = option_number("look", 1000000);
	threat_keep_gates();
	act = what;
	settle();
	measure(number, AS_L1);
	if (!vmx_begin())
		return;
	measure(number, AS_L2);
	measure(number, AS_OPEN_L2);
}

#define THREAT(number, name, why)                                                                  \
	TEST(name)                                                                                 \
	{                                                                                          \
		each_place(number, threat_##name);                                                 \
	}
#include "threats.def"
#undef THREAT
