// SPDX-License-Identifier: Apache-2.0
#include "race.h"

enum { ROUNDS = 2000, SEED = 20240229, REASONS_AT_LEAST = 10 };

/* Everything that one processor can send to another. */
void sender_run(void)
{
	static const uint32_t commands[] = {
		VECTOR_TEST,  VECTOR_TEST | ICR_LOWEST,  ICR_NMI, ICR_SIPI | 0x9f, ICR_SIPI | 0x10,
		VECTOR_TIMER, ICR_LOGICAL | VECTOR_TEST,
	};
	struct random r = {race_seed * 5 + 1};

	while (rounds_done < rounds_wanted) {
		uint32_t command = commands[random_below(&r, ARRAY_SIZE(commands))];

		if (random_below(&r, 64) == 0)
			command = ICR_INIT;
		ipi(VICTIM, ICR_ASSERT | command);
		spend(random_below(&r, 20000));
	}
}

static void print_exits(void)
{
	print("INFO %u rounds, %u entries refused; exits by reason:", rounds_done, entries_failed);
	for (unsigned int i = 0; i < 64; i++)
		if (exits_seen[i])
			print(" %u:%u", i, exits_seen[i]);
	print("\n");
}

static unsigned int reasons_seen(void)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < 64; i++)
		n += exits_seen[i] != 0;
	return n;
}

TEST(hostile_second_processor)
{
	struct random r;
	uint32_t *pages;

	if (!smp_begin())
		return;
	/* EPT keeps a misled L2 from writing where its L1 lives. */
	if (!vmx_available() || !(control_allowed(WORD_PROC2).may & PROC2_EPT) || cpu_count < 3) {
		skip("needs EPT and three processors");
		return;
	}
	race_seed = option_number("seed", SEED);
	rounds_wanted = (uint32_t)option_number("rounds", ROUNDS);
	r.state = race_seed;
	vm = (struct vm){.msr_bitmap = page_alloc(), .io_bitmap = pages_alloc(2)};
	pages = pages_alloc(2);
	pages[0] = pages[1024] = vmcs_revision();
	prey.vmcs = (uint64_t *)(void *)pages;
	vm.vmcs = address_of(pages);
	vm.stack = AREA_PAGE(AREA_STACK + 1) - 64;
	area_build();
	run_on(SENDER, sender_run);
	run_on(VICTIM, victim_run);
	while (rounds_done < rounds_wanted) {
		attack_once(&r);
		spend(random_below(&r, 300));
	}
	wait_for(SENDER);
	print_exits();
	check("exits of many kinds", reasons_seen() >= REASONS_AT_LEAST);
}
