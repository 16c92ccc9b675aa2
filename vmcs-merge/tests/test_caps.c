// SPDX-License-Identifier: Apache-2.0
/* What L1 is offered: never more than the list, never more than the processor. */
#include "base.h"
#include "offer.h"
#include "suites.h"

static struct vmx_caps l1;

static void setup(void)
{
	vmx_caps_make(&l1, &base_hw);
}

START_TEST(basic)
{
	uint64_t value;

	ck_assert(vmx_caps_msr(&l1, 0x480, &value));
	ck_assert_uint_eq(value & 0x7fffffff, VMCS12_REVISION);
	ck_assert_uint_eq(value >> 31 & 1, 0);
	ck_assert_uint_eq(value >> 32 & 0x1fff, 4096);
	ck_assert_uint_eq(value >> 50 & 15, 6);
	ck_assert(value & BASIC_TRUE);
}
END_TEST

/* A perfect processor does not widen the list; a poor one narrows it. */
START_TEST(positive_list)
{
	struct vmx_caps rich = base_hw, poor = base_hw;

	rich.proc2 = 0xffffffff00000000ull;
	rich.pin = 0xffffffff00000016ull;
	rich.ept_vpid = ~0ull;
	vmx_caps_make(&l1, &rich);
	ck_assert_uint_eq(vmx_allowed1(l1.proc2), OFFER_PROC2);
	ck_assert_uint_eq(vmx_allowed1(l1.pin), OFFER_PIN | PIN_DEFAULT1);
	ck_assert_uint_eq(l1.ept_vpid, OFFER_EPT_VPID);
	poor.proc2 = (uint64_t)PROC2_WBINVD << 32;
	poor.debugctl = 0;
	vmx_caps_make(&l1, &poor);
	ck_assert_uint_eq(vmx_allowed1(l1.proc2), PROC2_WBINVD);
	ck_assert_uint_eq(l1.debugctl, 0);
}
END_TEST

/* Without EPT there is no unrestricted guest, no field of EPT, and no INVEPT; VPIDs stay. */
START_TEST(hidden_ept)
{
	vmx_caps_hide_ept(&l1);
	ck_assert(!(vmx_allowed1(l1.proc2) & (PROC2_EPT | PROC2_UNRESTRICTED)));
	ck_assert(vmx_allowed1(l1.proc2) & PROC2_VPID);
	ck_assert_uint_eq(l1.ept_vpid, base_hw.ept_vpid & (VPID_INVVPID | VPID_INVVPID_TYPES));
	ck_assert(!(vmx_features(&l1) >> FEATURE_EPT & 1));
}
END_TEST

/* Without VPIDs there is no field for one and no INVVPID; EPT stays. */
START_TEST(hidden_vpid)
{
	vmx_caps_hide_vpid(&l1);
	ck_assert(!(vmx_allowed1(l1.proc2) & PROC2_VPID));
	ck_assert(vmx_allowed1(l1.proc2) & PROC2_EPT);
	ck_assert(!(l1.ept_vpid & (VPID_INVVPID | VPID_INVVPID_TYPES)));
	ck_assert(!(vmx_features(&l1) >> FEATURE_VPID & 1));
	ck_assert(vmx_features(&l1) >> FEATURE_EPT & 1);
}
END_TEST

/* Without APICv there is the TPR shadow alone, as before there was any. */
START_TEST(hidden_apicv)
{
	uint32_t proc2 = PROC2_APIC_ACCESSES | PROC2_NEEDS_TPR_SHADOW;
	uint32_t fields = 1u << FEATURE_APIC_ACCESSES | 1u << FEATURE_INTERRUPT_DELIVERY |
			  1u << FEATURE_POSTED_INTERRUPTS;

	ck_assert_uint_eq(vmx_allowed1(l1.proc2) & proc2, proc2);
	ck_assert(vmx_allowed1(l1.pin) & PIN_POSTED_INTERRUPTS);
	ck_assert_uint_eq(vmx_features(&l1) & fields, fields);
	vmx_caps_hide_apicv(&l1);
	ck_assert(!(vmx_allowed1(l1.proc2) & proc2));
	ck_assert(!(vmx_allowed1(l1.pin) & PIN_POSTED_INTERRUPTS));
	ck_assert(!(vmx_features(&l1) & fields));
	ck_assert(vmx_features(&l1) >> FEATURE_TPR_SHADOW & 1);
}
END_TEST

/* Controls that need another are not offered without it. */
START_TEST(no_orphans)
{
	struct vmx_caps poor = base_hw;

	poor.ept_vpid &= ~EPT_CAP_WB;
	vmx_caps_make(&l1, &poor);
	ck_assert(!(vmx_allowed1(l1.proc2) & (PROC2_EPT | PROC2_UNRESTRICTED)));
	poor.exit &= ~((uint64_t)EXIT_ACK_INTERRUPT << 32);
	vmx_caps_make(&l1, &poor);
	ck_assert(!(vmx_allowed1(l1.pin) & PIN_POSTED_INTERRUPTS));
	ck_assert(vmx_allowed1(l1.proc2) & PROC2_INTERRUPT_DELIVERY);
	poor.proc &= ~((uint64_t)PROC_TPR_SHADOW << 32);
	vmx_caps_make(&l1, &poor);
	ck_assert(!(vmx_allowed1(l1.proc2) & PROC2_NEEDS_TPR_SHADOW));
	ck_assert(vmx_allowed1(l1.proc2) & PROC2_APIC_ACCESSES);
	poor.pin &= ~((uint64_t)(PIN_NMI | PIN_PREEMPTION_TIMER) << 32);
	vmx_caps_make(&l1, &poor);
	ck_assert(!(vmx_allowed1(l1.pin) & PIN_VIRTUAL_NMI));
	ck_assert(!(vmx_allowed1(l1.exit) & EXIT_SAVE_TIMER));
	poor.proc &= ~((uint64_t)PROC_SECONDARY << 32);
	vmx_caps_make(&l1, &poor);
	ck_assert_uint_eq(l1.proc2, 0);
}
END_TEST

/* In each control word what must be 1 may be 1; plain capabilities only add default1 to "must". */
START_TEST(words_consistent)
{
	static const uint32_t plain[] = {0x481, 0x482, 0x483, 0x484};
	static const uint32_t exact[] = {0x48d, 0x48e, 0x48f, 0x490};

	for (int i = 0; i < 4; i++) {
		uint64_t p, t;

		ck_assert(vmx_caps_msr(&l1, plain[i], &p));
		ck_assert(vmx_caps_msr(&l1, exact[i], &t));
		ck_assert_uint_eq(vmx_allowed0(t) & ~vmx_allowed1(t), 0);
		ck_assert_uint_eq(vmx_allowed0(p) & ~vmx_allowed1(p), 0);
		ck_assert_uint_eq(vmx_allowed1(p), vmx_allowed1(t));
		ck_assert_uint_eq(vmx_allowed0(t) & ~vmx_allowed0(p), 0);
	}
}
END_TEST

START_TEST(msr_range)
{
	uint64_t value;

	ck_assert(!vmx_caps_msr(&l1, 0x47f, &value));
	for (uint32_t msr = 0x480; msr <= 0x490; msr++)
		ck_assert(vmx_caps_msr(&l1, msr, &value));
	ck_assert(!vmx_caps_msr(&l1, 0x491, &value));
	ck_assert(vmx_caps_msr(&l1, 0x48a, &value));
	ck_assert_uint_eq(value, 0x2e);
	ck_assert(vmx_caps_msr(&l1, 0x485, &value));
	ck_assert(value & MISC_STORE_LMA);
	ck_assert(!(value & MISC_VMWRITE_ANY));
}
END_TEST

TCase *caps_cases(void)
{
	TCase *t = tcase_create("capabilities");

	tcase_add_checked_fixture(t, setup, NULL);
	tcase_add_test(t, basic);
	tcase_add_test(t, positive_list);
	tcase_add_test(t, hidden_ept);
	tcase_add_test(t, hidden_vpid);
	tcase_add_test(t, hidden_apicv);
	tcase_add_test(t, no_orphans);
	tcase_add_test(t, words_consistent);
	tcase_add_test(t, msr_range);
	return t;
}
