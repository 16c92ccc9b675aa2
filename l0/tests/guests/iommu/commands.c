// SPDX-License-Identifier: Apache-2.0
// Global commands (VT-d specification 11.4.4): in odd orders, twice, several at once.
#include "engine.h"
#include "processor.h"
#include "vtd.h"

static volatile uint64_t *page(void)
{
	return page_alloc();
}

TEST(same_command_twice)
{
	struct domain d;
	volatile uint64_t *target;

	if (!vtd_engine(&d, 3))
		return;
	target = page();
	domain_map(&d, 0x1000, address_of(target), 1);
	vtd_flush();
	for (unsigned int i = 0; i < 3; i++) {
		check("translation on", vtd_command(G_TE, true));
		check("root latched", vtd_command(G_SRTP, true));
		check_eq("a write", ENGINE_DONE, engine_write(0x1000));
		check("its target", engine_wrote(target));
	}
	for (unsigned int i = 0; i < 3; i++)
		check("translation off", vtd_command(G_TE, false));
	check_eq("a write", ENGINE_DONE, engine_write(address_of(target)));
	check("its target", engine_wrote(target));
	vtd_expect_none("faults");
}

/* What RTADDR says counts from SRTP on, not before. */
TEST(root_is_latched)
{
	struct domain d;
	uint64_t *other;

	if (!vtd_engine(&d, 3))
		return;
	other = page_alloc();
	vtd_put64(R_RTADDR, address_of(other));
	vtd_flush();
	check_eq("by the old table", ENGINE_DONE, engine_write(address_of(&engine_ring) + 0xf00));
	check("root latched", vtd_command(G_SRTP, true));
	check_eq("by the new one, which is empty", ENGINE_BROKEN, engine_write(0x1000));
	vtd_expect("root entry", V_ROOT_ABSENT, address_of(&engine_ring));
}

/* Translation before there is a table, remapping before there is one, a queue nowhere. */
TEST(before_its_time)
{
	uint64_t status = G_TE | G_IRE | G_QIE;

	if (!vtd_begin() || !engine_begin())
		return;
	vtd_set_root(NOWHERE);
	vtd_put64(R_IQA, NOWHERE);
	vtd_put64(R_IRTA, NOWHERE | 0xf);
	check("interrupts' table latched", vtd_command(G_SIRTP, true));
	check("all on at once", vtd_command(status, true));
	check_eq("a write", ENGINE_BROKEN, engine_write(0x1000));
	vtd_expect("root table", V_ROOT_ACCESS, address_of(&engine_ring));
	check("all off at once", vtd_command(status, false));
	check_eq("a write", ENGINE_DONE, engine_write(address_of(page_alloc())));
}

/* Every combination of what stays, from every other: GSTS follows, and DMA does as TE says. */
TEST(all_states)
{
	static const uint64_t bits[] = {G_TE, G_QIE, G_IRE, G_CFI};
	struct domain d;

	if (!vtd_engine(&d, 4))
		return;
	vtd_put64(R_IQA, address_of(page_alloc()));
	vtd_put64(R_IQT, 0);
	vtd_put64(R_IRTA, address_of(page_alloc()));
	check("interrupts' table latched", vtd_command(G_SIRTP, true));
	for (unsigned int gray = 0; gray < 64; gray++) {
		uint64_t command = 0;

		for (unsigned int i = 0; i < ARRAY_SIZE(bits); i++)
			command |= (gray * 7 ^ gray >> 2) >> i & 1 ? bits[i] : 0;
		vtd_put32(R_GCMD, (uint32_t)command);
		check("taken", vtd_taken());
		check("status", vtd_until(R_GSTS, G_STAYS, command));
		check_eq("a write to a page that is not mapped",
			 command & G_TE ? ENGINE_BROKEN : ENGINE_DONE, engine_write(0x3f00000));
		if (command & G_TE)
			vtd_expect("its entry", V_WRITE, 0x3f00000);
	}
}
