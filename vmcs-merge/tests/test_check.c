// SPDX-License-Identifier: Apache-2.0
/* Every named check is the first to fail in a case of its own (cases.c). */
#include "cases.h"
#include "check_rules.h"
#include "suites.h"

#include <string.h>

static struct base b;

static void apply_input(const char *what)
{
	if (!strcmp(what, "vtpr"))
		b.in.vtpr = 0x0f;
	else if (!strcmp(what, "no APICv"))
		vmx_caps_hide_apicv(&b.l1);
	else if (!strcmp(what, "no A/D"))
		b.l1.ept_vpid &= ~EPT_CAP_AD;
	else if (!strcmp(what, "no MTF"))
		b.l1.proc &= ~((uint64_t)PROC_MTF << 32);
	else if (!strcmp(what, "no zero length"))
		b.l1.misc &= ~MISC_ZERO_LENGTH;
	else if (!strcmp(what, "no HLT"))
		b.l1.misc &= ~MISC_HLT;
	else if (!strcmp(what, "HLT alone"))
		b.l1.misc &= ~(MISC_SHUTDOWN | MISC_WAIT_SIPI);
	else if (!strcmp(what, "L1 not long"))
		b.in.l1_long_mode = false;
	else if (!strcmp(what, "L1 long"))
		b.in.l1_long_mode = true;
	else if (!strcmp(what, "link is current"))
		b.in.link_is_current = true;
	if (!strncmp(what, "link is", 7))
		b.in.link_revision = VMCS12_REVISION;
	if (!strcmp(what, "bad entries"))
		b.in.pdpte[2] = 1ull << 50 | 1;
}

static void change(const struct change *m, int count)
{
	for (; count--; m++)
		if (m->clear || m->set)
			vmcs12_write(&b.c, m->row, false,
				     (b.c.v.cell[m->row] & ~m->clear) | m->set);
}

static void apply(const struct check_case *t)
{
	change(t->change, 5);
	apply_input(t->input);
}

static const char *name_of(enum vmx_check check)
{
	return vmx_checks[check].name;
}

START_TEST(base_passes)
{
	base_make(&b, (enum base_kind)_i);
	ck_assert_str_eq(name_of(vmcs12_check(&b.c, &b.l1, &b.in)), "OK");
}
END_TEST

/* Checked in full. */
START_TEST(case_full)
{
	base_make(&b, check_table[_i].kind);
	apply(&check_table[_i]);
	ck_assert_str_eq(name_of(vmcs12_check(&b.c, &b.l1, &b.in)),
			 name_of(check_table[_i].expect));
}
END_TEST

/* After an entry that succeeded: only what the VMWRITEs made dirty is looked at, and is enough. */
START_TEST(case_dirty)
{
	base_merged(&b, check_table[_i].kind);
	apply(&check_table[_i]);
	ck_assert_str_eq(name_of(vmcs12_check(&b.c, &b.l1, &b.in)),
			 name_of(check_table[_i].expect));
	/* A second attempt fails in the same way. */
	ck_assert_str_eq(name_of(vmcs12_check(&b.c, &b.l1, &b.in)),
			 name_of(check_table[_i].expect));
}
END_TEST

START_TEST(latent)
{
	const struct latent_case *t = &latent_table[_i];

	base_make(&b, t->kind);
	change(t->before, 3);
	ck_assert_str_eq(name_of(vmcs12_check(&b.c, &b.l1, &b.in)), "OK");
	vmcs02_merge(&b.c, &b.l0);
	change(t->after, 2);
	ck_assert_str_eq(name_of(vmcs12_check(&b.c, &b.l1, &b.in)), name_of(t->expect));
}
END_TEST

START_TEST(every_check_has_a_case)
{
	for (int check = CHECK_OK; check < CHECK_COUNT; check++) {
		bool found = false;

		for (int i = 0; i < check_table_length; i++)
			found |= check_table[i].expect == (enum vmx_check)check;
		ck_assert_msg(found, "no case for %s", vmx_checks[check].name);
	}
}
END_TEST

/* Each kind has the one architectural answer of its section. */
START_TEST(table_is_consistent)
{
	for (int check = 1; check < CHECK_COUNT; check++) {
		const struct vmx_check_row *r = &vmx_checks[check];
		bool entry = r->kind == KIND_CONTROLS || r->kind == KIND_HOST;

		ck_assert_int_eq(entry, r->vmfail != 0);
		ck_assert_int_eq(!strncmp(r->section, "27.2.1", 6), r->vmfail == 7);
		ck_assert_int_eq(!strncmp(r->section, "27.3", 4), r->vmfail == 0);
		ck_assert(r->text[0] && r->name[0]);
	}
	ck_assert_uint_eq(vmx_checks[CHECK_PDPTE].qualification, 2);
	ck_assert_uint_eq(vmx_checks[CHECK_BLOCKING_NMI_STI].qualification, 3);
	ck_assert_uint_eq(vmx_checks[CHECK_LINK_POINTER].qualification, 4);
}
END_TEST

/* A value likely to matter: few bits, or the old one with a bit turned. */
static uint64_t telling(uint64_t *seed, uint64_t old)
{
	uint64_t r = base_random(seed);

	switch (r % 5) {
	case 0:
		return 0;
	case 1:
		return ~0ull;
	case 2:
		return base_random(seed);
	default:
		return old ^ 1ull << (r >> 8) % 64;
	}
}

/*
 * The dirty groups lose nothing: after any VMWRITEs on a VMCS12 that passed, the short check and
 * the full one agree.
 */
START_TEST(dirty_loses_nothing)
{
	uint64_t seed = 0x7e57 + (uint64_t)_i;

	for (int round = 0; round < 4000; round++) {
		enum vmx_check quick, full;
		struct vmcs12_cache all;

		base_merged(&b, (enum base_kind)(base_random(&seed) % BASE_COUNT));
		for (uint64_t n = base_random(&seed) % 3 + 1; n; n--) {
			int row = (int)(base_random(&seed) % VMCS_ROWS);

			if (!vmcs_row_read_only(row))
				vmcs12_write(&b.c, row, false, telling(&seed, b.c.v.cell[row]));
		}
		all = b.c;
		all.dirty = DIRTY_ALL;
		quick = vmcs12_check(&b.c, &b.l1, &b.in);
		full = vmcs12_check(&all, &b.l1, &b.in);
		ck_assert_str_eq(name_of(quick), name_of(full));
	}
}
END_TEST

/* Whatever the page holds, the checks end with an answer and the sanitizers stay silent. */
START_TEST(garbage)
{
	uint64_t seed = 0xbad + (uint64_t)_i;

	base_make(&b, BASE_LONG);
	for (int round = 0; round < 2000; round++) {
		for (int row = 0; row < VMCS_ROWS; row++)
			b.c.v.cell[row] = base_random(&seed);
		vmcs12_adopt(&b.c);
		ck_assert_int_lt(vmcs12_check(&b.c, &b.l1, &b.in), CHECK_COUNT);
		vmcs12_check_controls(&b.c, &b.l1, &b.in, DIRTY_ALL);
		vmcs12_check_host(&b.c, &b.l1, &b.in, DIRTY_ALL);
		vmcs12_check_guest(&b.c, &b.l1, &b.in, DIRTY_ALL);
		check_segments(&b.c.v, &b.l1);
	}
}
END_TEST

/* Stale cells are fetched before they are judged, and only then. */
START_TEST(needs_rare)
{
	base_merged(&b, BASE_LONG);
	ck_assert(!vmcs12_check_needs_rare(&b.c));
	b.c.stale = DIRTY_RARE;
	ck_assert(!vmcs12_check_needs_rare(&b.c));
	vmcs12_write(&b.c, VMCS_ROW_guest_rip, false, 0x1000);
	vmcs12_write(&b.c, VMCS_ROW_proc_controls, false,
		     b.c.v.proc_controls | PROC_INTERRUPT_WINDOW);
	ck_assert(!vmcs12_check_needs_rare(&b.c));
	vmcs12_write(&b.c, VMCS_ROW_guest_rflags, false, b.c.v.guest_rflags | RFLAGS_VM);
	ck_assert(vmcs12_check_needs_rare(&b.c));
	b.c.stale = 0;
	ck_assert(!vmcs12_check_needs_rare(&b.c));
	base_merged(&b, BASE_LONG);
	b.c.stale = DIRTY_RARE;
	vmcs12_write(&b.c, VMCS_ROW_guest_ss_access, false, 0xc0f3);
	ck_assert(vmcs12_check_needs_rare(&b.c));
	b.c.dirty = DIRTY_TABLES;
	ck_assert(vmcs12_check_needs_rare(&b.c));
}
END_TEST

/* What the checks ask for from L1's memory. */
START_TEST(wants)
{
	base_make(&b, BASE_SHADOW);
	ck_assert(vmcs12_wants_pdptes(&b.c.v));
	ck_assert(vmcs12_wants_vtpr(&b.c.v));
	ck_assert(!vmcs12_wants_link(&b.c.v));
	base_make(&b, BASE_PAE);
	ck_assert(!vmcs12_wants_pdptes(&b.c.v));
	b.c.v.vmcs_link_pointer = 0x1000;
	b.c.v.proc_controls &= ~(uint64_t)PROC_TPR_SHADOW;
	ck_assert(vmcs12_wants_link(&b.c.v));
	ck_assert(!vmcs12_wants_vtpr(&b.c.v));
}
END_TEST

TCase *check_cases(void)
{
	TCase *t = tcase_create("checks");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, base_passes, 0, BASE_COUNT);
	tcase_add_loop_test(t, case_full, 0, check_table_length);
	tcase_add_loop_test(t, case_dirty, 0, check_table_length);
	tcase_add_loop_test(t, latent, 0, latent_table_length);
	tcase_add_test(t, every_check_has_a_case);
	tcase_add_test(t, table_is_consistent);
	tcase_add_loop_test(t, dirty_loses_nothing, 0, 4);
	tcase_add_loop_test(t, garbage, 0, 2);
	tcase_add_test(t, needs_rare);
	tcase_add_test(t, wants);
	return t;
}
