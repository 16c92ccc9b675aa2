// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>

#include "machine.h"
#include "platform/decode.h"
#include "platform/lapic_internal.h"
#include "platform/pci_regs.h"
#include "sample.h"
#include "suites.h"

/* Anything may be written anywhere, at any time: the sanitizers and the invariants are the judges.
 */
#define ROUNDS 1000000
#define VCPUS  8

static uint64_t state = 0x9e3779b97f4a7c15;
static unsigned seen_kicks[VCPUS];

static uint64_t draw(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

static unsigned some_vcpu(void)
{
	return (unsigned)(draw() % VCPUS);
}

/* The clocks of the CPUs differ by a little. */
static uint64_t some_now(void)
{
	return m.now - draw() % 100;
}

static uint16_t some_port(void)
{
	static const uint16_t ports[] = {0x00,  0x20,  0xa0,  0x40,  0x60,  0x64,  0x70,  0x80,
					 0x90,  0xc0,  0xe9,  0xf0,  0xf4,  0x3f8, 0x3fc, 0x4d0,
					 0x600, 0x604, 0x608, 0xcf8, 0xcfc, 0xffff};

	if (draw() % 16 == 0)
		return (uint16_t)draw();
	return (uint16_t)(ports[draw() % (sizeof(ports) / sizeof(ports[0]))] + draw() % 4);
}

static uint64_t some_value(void)
{
	switch (draw() % 4) {
	case 0:
		return draw();
	case 1:
		return 1ull << draw() % 64;
	case 2:
		return 0;
	default:
		return draw() & 0xff;
	}
}

static void ports(void)
{
	unsigned size = 1u << draw() % 3;
	uint32_t value;

	if (draw() % 2)
		platform_port_write(&m.p, some_vcpu(), some_port(), size, (uint32_t)some_value(),
				    some_now());
	else
		platform_port_read(&m.p, some_vcpu(), some_port(), size, &value, some_now());
}

static void mmio(void)
{
	static const uint64_t bases[] = {0xfee00000, 0xfec00000, 0xfee00000, 0xfee00fff};
	uint64_t gpa = bases[draw() % 4], value;
	unsigned vcpu = some_vcpu(), size = 1u << draw() % 4;

	gpa += gpa == 0xfec00000 ? draw() % 2 * 16 : draw() % 0x40 * 16 + (draw() % 8 == 0);
	if (draw() % 2)
		platform_mmio_write(&m.p, vcpu, gpa, size, some_value(), m.now);
	else
		platform_mmio_read(&m.p, vcpu, gpa, size, &value, m.now);
}

/* Functions: their registers, tables and spaces, by values that often keep them able to answer. */
static struct sample sample[2];

static void functions(void)
{
	const struct pci_function *f = &sample[draw() % 2].f;
	uint64_t ecam = PCI_ECAM_BASE + ((uint64_t)f->id << 12), gpa, value;
	unsigned size = 1u << draw() % 4, bar = (unsigned)(draw() % PCI_BARS);

	if (draw() % 8 == 0)
		gpa = ecam + draw() % 0x120;
	else if (f->bar[bar].base == PCI_BAR_OFF)
		gpa = ecam + PCI_REG_COMMAND, size = 1;
	else
		gpa = f->bar[bar].base +
		      (draw() % 2 ? draw() % SAMPLE_REGS & ~3ull : SAMPLE_TABLE + draw() % 0x440);
	value = size == 1 && draw() % 4 ? 7 : some_value();
	if (draw() % 4)
		platform_mmio_write(&m.p, some_vcpu(), gpa, size, value, some_now());
	else
		platform_mmio_read(&m.p, some_vcpu(), gpa, size, &value, some_now());
	if (draw() % 16 == 0)
		pci_wake(&sample[draw() % 2].f, m.now + draw() % 1000);
}

static void msrs(void)
{
	struct lapic *l = &m.lapic[some_vcpu()];
	uint32_t msr = 0x800 + (uint32_t)(draw() % 0x42);
	uint64_t value = some_value();

	if (draw() % 64 == 0)
		msr = MSR_APIC_BASE, value = 0xfee00000 | (draw() & 0xd00);
	else if (draw() % 16 == 0)
		msr = MSR_TSC_DEADLINE, value = draw() % 2 ? value : m.now + draw() % 100000;
	if (draw() % 2)
		lapic_msr_write(l, msr, value, m.now);
	else
		lapic_msr_read(l, msr, &value, m.now);
	if (draw() % 32 == 0)
		lapic_tsc_adjust(l, some_value(), m.now);
}

/* What a vCPU's own CPU does with it. */
static void own(void)
{
	struct lapic *l = &m.lapic[some_vcpu()];

	switch (draw() % 6) {
	case 0:
		lapic_drain(l);
		break;
	case 1:
		lapic_ack(l);
		break;
	case 2:
		lapic_eoi(l);
		break;
	case 3:
		if (lapic_init_pending(l))
			ensure(lapic_take_init(l) == (l->id != 0));
		break;
	case 4:
		if (lapic_sipi_pending(l))
			lapic_take_sipi(l);
		break;
	default:
		if (platform_extint_pending(&m.p, l->id))
			ensure(platform_extint_ack(&m.p) >= 0);
	}
}

static void events(void)
{
	switch (draw() % 3) {
	case 0:
		platform_irq_line(&m.p, (unsigned)(draw() % 40), draw() % 2);
		break;
	case 1:
		uart_receive(&m.p, (uint8_t)draw());
		break;
	default:
		platform_msi(&m.p, draw() % 4 ? 0xfee00000 | (draw() & 0xfffff) : draw(),
			     (uint32_t)some_value());
	}
}

/*
 * Nobody waits in vain: who has mail has been told since it last looked. Of all that others see of
 * a LAPIC nothing is old.
 */
static void no_message_forgotten(unsigned i)
{
	const struct lapic *l = &m.lapic[i];
	uint32_t word = l->published;

	ensure(!lapic_posted(l) || m.kicks[i] > seen_kicks[i]);
	if (!lapic_posted(l))
		seen_kicks[i] = m.kicks[i];
	ensure(!(word & PUBLISHED_ON) == !(l->base & LAPIC_BASE_ENABLE));
	ensure(!(word & PUBLISHED_X2APIC) == !lapic_x2apic(l));
	ensure(!(word & PUBLISHED_ENABLED) == !lapic_enabled(l));
	ensure(PUBLISHED_XAPIC_ID(word) == l->xapic_id >> 24);
	ensure(PUBLISHED_LDR(word) == l->ldr >> 24);
	ensure(!lapic_takes_extint(l) || (word & PUBLISHED_LINT0));
}

static void invariants(void)
{
	static uint64_t clock;

	ensure(m.p.now >= clock);
	clock = m.p.now;
	for (unsigned i = 0; i < VCPUS; i++) {
		const struct lapic *l = &m.lapic[i];

		no_message_forgotten(i);
		ensure(lapic_pending(l) >= -1);
		ensure(lapic_pending(l) < 256);
		ensure(lapic_pending(l) == -1 || (uint32_t)l->pending >> 4 > l->ppr >> 4);
	}
	ensure(m.p.uart.count <= UART_FIFO);
	ensure(m.p.rtc.index < RTC_BYTES);
}

START_TEST(registers)
{
	static void (*const what[])(void) = {ports, mmio, functions, msrs, events, own};

	machine_start(VCPUS, true);
	for (unsigned i = 0; i < 2; i++)
		sample_add(&sample[i], &m.p, SAMPLE_SLOT(3 + i));
	for (unsigned i = 0; i < ROUNDS; i++) {
		what[draw() % 6]();
		invariants();
		/* Mostly a little later; now and then much. */
		m.now += draw() % 2000;
		if (draw() % 1000 == 0)
			m.now += draw() % (1ull << 45);
		if (m.now >= platform_due(&m.p, PLATFORM_OWNER))
			platform_run(&m.p, m.now);
		ensure(platform_due(&m.p, PLATFORM_OWNER) > m.now);
		for (unsigned n = 0; n < VCPUS; n++)
			lapic_run(&m.lapic[n], m.now);
	}
	for (unsigned i = 0; i < 2; i++) {
		ensure(sample[i].accesses > ROUNDS / 100 && sample[i].runs > ROUNDS / 1000);
		ensure(sample[i].resets > 0);
	}
	ensure(m.messages > 100);
}
END_TEST

/* No bytes make the decoder read past their end or describe an operand that does not exist. */
static bool one_instruction(uint8_t *end, unsigned len, enum insn_mode mode)
{
	static const unsigned stack[] = {2, 4, 8};
	uint64_t gpr[16];
	struct insn_access access[INSN_ACCESSES_MAX];
	struct insn_state s = {
		.gpr = gpr, .rflags = draw(), .stack_size = (uint8_t)stack[draw() % 3]};
	struct insn insn;

	for (unsigned n = 0; n < 16; n++)
		gpr[n] = some_value();
	memset(s.memory, (int)draw(), sizeof(s.memory));
	if (insn_decode(end - len, len, mode, &insn) != INSN_DECODED)
		return false;
	ensure(insn.length <= len && insn.reg < 16 && (insn.reads || insn.writes));
	ensure(insn.op < INSN_OPS && insn.segment < 6);
	/* The same from these bytes alone, and one byte less is not enough. */
	ensure(insn_decode(end - len, insn.length, mode, &insn) == INSN_DECODED);
	ensure(insn_decode(end - len, insn.length - 1u, mode, &insn) == INSN_SHORT);
	insn_decode(end - len, len, mode, &insn);
	for (unsigned n = insn_accesses(&insn, &s, access); n-- > 0;) {
		ensure(access[n].size && !(access[n].size & (access[n].size - 1)));
		ensure(access[n].size <= INSN_DATUM_MAX && access[n].segment < 6);
		ensure(mode == INSN_64 || access[n].offset <= 0xffffffff || s.stack_size == 8);
	}
	insn_apply(&insn, &s);
	return true;
}

START_TEST(instructions)
{
	static const uint8_t likely[] = {0x0f, 0x66, 0xf3, 0xc4, 0xc5, 0x48, 0xf0, 0x67};
	uint8_t *heap = malloc(INSN_LENGTH_MAX);
	unsigned good = 0;

	for (unsigned i = 0; i < ROUNDS; i++) {
		unsigned len = (unsigned)(draw() % (INSN_LENGTH_MAX + 1));

		for (unsigned n = 0; n < INSN_LENGTH_MAX; n++)
			heap[n] = (uint8_t)draw();
		if (len && draw() % 2)
			heap[INSN_LENGTH_MAX - len] = likely[draw() % sizeof(likely)];
		good += one_instruction(heap + INSN_LENGTH_MAX, len, (enum insn_mode)(draw() % 3));
	}
	ensure(good > ROUNDS / 20);
	free(heap);
}
END_TEST

TCase *fuzz_tests(void)
{
	TCase *t = tcase_create("anything anywhere");

	tcase_set_timeout(t, 120);
	tcase_add_test(t, registers);
	tcase_add_test(t, instructions);
	return t;
}
