// SPDX-License-Identifier: Apache-2.0
/* What an exit in direct mode stands for: a row for each that can come. */
#include <string.h>
#include "eli_fault.h"
#include "memory.h"
#include "suites.h"
#include "vmx_bits.h"

#define OPEN         0x31
#define L0           0xf2
#define VALID        EVENT_VALID
#define TYPE(t)      ((uint32_t)(t) << EVENT_TYPE_SHIFT)
#define EXT(v)       (VALID | TYPE(EVENT_EXTERNAL) | (v))
#define SOFT(v)      (VALID | TYPE(EVENT_SOFTWARE_INTERRUPT) | (v))
#define FAULT(v)     (VALID | TYPE(EVENT_HARDWARE) | EVENT_ERROR | (v))
#define GATE(v, ext) ((v) << 3 | 2u | (ext))
#define NP           FAULT(11u)
#define GP           FAULT(13u)

static struct memory memory;
static struct shadow s;
static struct eli_vectors l0;

/* All gates are the guest's, present, but for 50H to 5fH; IDTR's limit is the one given. */
static void begin(uint16_t limit)
{
	struct eli_vectors open = {{0}};

	memset(&memory, 0, sizeof(memory));
	memset(memory.frame[0], 0x8e, ELI_PAGE_SIZE);
	for (unsigned v = 0x50; v < 0x60; v++)
		memory.frame[0][v * 16 + 5] = 0x0e;
	shadow_init(&s, &memory);
	eli_vectors_add(&open, OPEN);
	eli_vectors_add(&open, 0x51);
	eli_vectors_add(&l0, L0);
	ck_assert(eli_idt_make(&s.idt, MEMORY_LINEAR, limit, &open));
}

struct row {
	struct eli_exit exit;
	enum eli_kind kind;
	uint8_t vector;
	bool clear_rf;
};

static void check(const struct row *row)
{
	struct eli_answer answer = eli_answer(&s.idt, &l0, &row->exit);

	ck_assert_int_eq(answer.kind, row->kind);
	ck_assert(answer.clear_rf == row->clear_rf);
	if (row->kind != ELI_GUESTS)
		ck_assert_uint_eq(answer.vector, row->vector);
	ck_assert_uint_eq(answer.length, row->kind == ELI_SOFTWARE ? row->exit.length : 0);
}

#define CHECK(rows)                                                                                \
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)                              \
	check(&rows[i])

START_TEST(interrupts)
{
	static const struct row rows[] = {
		/* Masked: L0's own, or nobody's. */
		{{NP, GATE(L0, 1), EXT(L0), 0, 0xfff}, ELI_L0, L0, true},
		{{NP, GATE(0x60, 1), EXT(0x60), 0, 0xfff}, ELI_POST, 0x60, true},
		{{GP, GATE(0x60, 1), EXT(0x60), 0, 0xfff},
		 ELI_POST,
		 0x60,
		 true}, /* no gate at all */
		{{NP, GATE(0x50, 1), EXT(0x50), 0, 0xfff}, ELI_POST, 0x50, true},
		/* Through another IDT, to which the guest's tables led: whatever it became. */
		{{NP, 0x33, EXT(L0), 0, 0xfff}, ELI_L0, L0, true},
		{{FAULT(14), 0, EXT(L0), 0, 0xfff}, ELI_L0, L0, true},
		{{0, 0, EXT(L0), 0, 0xfff}, ELI_L0, L0, false}, /* an EPT violation */
		{{0, 0, EXT(0x60), 0, 0xfff}, ELI_POST, 0x60, false},
		/* Open: its gate is the guest's affair, and an exit on the way L0's. */
		{{NP, GATE(0x51, 1), EXT(0x51), 0, 0xfff}, ELI_GUESTS, 0, false},
		{{GP, GATE(OPEN, 1), EXT(OPEN), 0, 0xfff}, ELI_GUESTS, 0, false},
		{{NP, 0x19, EXT(OPEN), 0, 0xfff}, ELI_GUESTS, 0, false}, /* its code segment */
		{{0, 0, EXT(OPEN), 0, 0xfff}, ELI_GUESTS, 0, false},
	};

	begin(0xfff);
	CHECK(rows);
}
END_TEST

START_TEST(software)
{
	static const struct row rows[] = {
		{{NP, GATE(0x60, 0), SOFT(0x60), 2, 0xfff}, ELI_SOFTWARE, 0x60, true},
		{{NP, GATE(L0, 0), SOFT(L0), 3, 0xfff}, ELI_SOFTWARE, L0, true}, /* no interrupt */
		{{NP, GATE(0x50, 0), SOFT(0x50), 2, 0xfff}, ELI_GUESTS, 0, false}, /* its own */
		{{NP, GATE(0x51, 0), SOFT(0x51), 2, 0xfff}, ELI_GUESTS, 0, false},
		{{GP, GATE(0x60, 0), SOFT(0x60), 2, 0xfff}, ELI_GUESTS, 0, false}, /* DPL, type */
		{{NP, GATE(0x60, 1), SOFT(0x60), 2, 0xfff},
		 ELI_GUESTS,
		 0,
		 false}, /* EXT: not this */
		{{NP, GATE(0x61, 0), SOFT(0x60), 2, 0xfff},
		 ELI_GUESTS,
		 0,
		 false},                                                       /* another gate */
		{{NP, 0x60 << 3, SOFT(0x60), 2, 0xfff}, ELI_GUESTS, 0, false}, /* a selector */
		{{0, 0, SOFT(0x60), 2, 0xfff}, ELI_GUESTS, 0, false}, /* an EPT violation: again */
	};

	begin(0xfff);
	CHECK(rows);
}
END_TEST

START_TEST(others)
{
	static const struct row rows[] = {
		/* A segment register, IRET, a TSS: no delivery at all. */
		{{NP, 0x18, 0, 3, 0xfff}, ELI_GUESTS, 0, false},
		{{GP, 0, 0, 3, 0xfff}, ELI_GUESTS, 0, false},
		/* An exception whose gate the guest has not present. */
		{{NP, GATE(14, 1), FAULT(14), 0, 0xfff}, ELI_GUESTS, 0, false},
		{{NP, GATE(3, 0), VALID | TYPE(EVENT_SOFTWARE_EXCEPTION) | 3, 1, 0xfff},
		 ELI_GUESTS,
		 0,
		 false},
		{{NP, GATE(2, 1), VALID | TYPE(EVENT_NMI) | 2, 0, 0xfff}, ELI_GUESTS, 0, false},
		/* Not valid, whatever else it says. */
		{{NP, GATE(0x60, 1), EXT(0x60) & ~VALID, 0, 0xfff}, ELI_GUESTS, 0, false},
	};

	begin(0xfff);
	CHECK(rows);
}
END_TEST

/* L0's limit leaves 32H gates; the guest's own, 80H. */
START_TEST(cut)
{
	static const struct row rows[] = {
		{{GP, GATE(0x60, 0), SOFT(0x60), 2, 0x31f}, ELI_SOFTWARE, 0x60, true},
		{{GP, GATE(0x50, 0), SOFT(0x50), 2, 0x31f}, ELI_SOFTWARE, 0x50, true},
		{{GP, GATE(0x51, 1), EXT(0x51), 0, 0x31f}, ELI_POST, 0x51, true},
		{{GP, GATE(0x60, 1), EXT(0x60), 0, 0x31f}, ELI_POST, 0x60, true},
		{{GP, GATE(L0, 1), EXT(L0), 0, 0x31f}, ELI_L0, L0, true},
		/* Beyond the guest's own, or not cut. */
		{{GP, GATE(0x80, 0), SOFT(0x80), 2, 0x31f}, ELI_GUESTS, 0, false},
		{{GP, GATE(0x30, 0), SOFT(0x30), 2, 0x31f}, ELI_GUESTS, 0, false},
		{{GP, GATE(OPEN, 1), EXT(OPEN), 0, 0x31f}, ELI_GUESTS, 0, false},
		{{GP, GATE(0x60, 0) | 1, SOFT(0x60), 2, 0x31f}, ELI_GUESTS, 0, false},
		{{NP, GATE(0x60, 0), SOFT(0x60), 2, 0x31f}, ELI_SOFTWARE, 0x60, true},
	};

	begin(0x7ff);
	CHECK(rows);
}
END_TEST

/* Without a shadow the limit is all there is. */
START_TEST(limit_alone)
{
	static const struct row rows[] = {
		{{NP, GATE(0x60, 0), SOFT(0x60), 2, 0xfff}, ELI_GUESTS, 0, false},
		{{GP, GATE(0x60, 0), SOFT(0x60), 2, 0x31f}, ELI_SOFTWARE, 0x60, true},
		{{NP, GATE(L0, 1), EXT(L0), 0, 0xfff}, ELI_L0, L0, true},
	};

	begin(0xfff);
	eli_idt_drop(&s.idt);
	CHECK(rows);
}
END_TEST

TCase *fault_cases(void)
{
	TCase *tcase = tcase_create("fault");

	tcase_add_test(tcase, interrupts);
	tcase_add_test(tcase, software);
	tcase_add_test(tcase, others);
	tcase_add_test(tcase, cut);
	tcase_add_test(tcase, limit_alone);
	return tcase;
}
