// SPDX-License-Identifier: Apache-2.0
// VMREAD and VMWRITE: widths, high halves, read-only fields, fields that are not offered.
#include "vmx.h"

L2_CODE(f_leave, "");

static const uint64_t patterns[] = {0x5a5a5a5a5a5a5a5a, 0xa5a5a5a5a5a5a5a5, ~0ULL, 0};

static uint64_t low_bits(uint64_t v, unsigned int width)
{
	return width == 64 ? v : v & (BIT(width) - 1);
}

static void field_round_trip(const struct field_row *row)
{
	unsigned int width = field_width(row->encoding);

	for (unsigned int i = 0; i < ARRAY_SIZE(patterns); i++) {
		uint64_t got = ~patterns[i];
		uint64_t want = low_bits(patterns[i], width);

		check_eq(row->name, VM_SUCCEED, vmwrite_status(row->encoding, patterns[i]));
		check_eq(row->name, VM_SUCCEED, vmread_status(row->encoding, &got));
		/* A processor may drop the reserved bits of access rights: SDM vol. 3, 25.4.1. */
		if (row->encoding >= GUEST_ES_RIGHTS && row->encoding <= GUEST_TR_RIGHTS) {
			want &= 0x1f0ff;
			got &= 0x1f0ff;
		}
		check_eq(row->name, want, got);
	}
}

TEST(field_round_trips)
{
	if (!vmx_begin())
		return;
	vm_setup(f_leave);
	for (unsigned int i = 0; i < field_count; i++)
		if (field_exists(&field_rows[i]) && field_type(field_rows[i].encoding) != TYPE_EXIT)
			field_round_trip(&field_rows[i]);
	vmclear(vm.vmcs);
}

/* Odd encodings reach the high half of 64-bit fields and nothing else. SDM vol. 3, 25.11.2 */
TEST(field_high_halves)
{
	uint64_t v = 0;

	if (!vmx_begin())
		return;
	vm_setup(f_leave);
	vmwrite(TSC_OFFSET, 0x1122334455667788);
	check_eq("read", VM_SUCCEED, vmread_status(TSC_OFFSET + 1, &v));
	check_eq("high half", 0x11223344, v);
	check_eq("write", VM_SUCCEED, vmwrite_status(TSC_OFFSET + 1, 0xdeadbeefcafef00d));
	check_eq("both halves", 0xcafef00d55667788, vmread(TSC_OFFSET));
	check_eq("high half of a 32-bit field", VM_FAIL(E_UNSUPPORTED_FIELD),
		 vmread_status(PIN_CONTROLS + 1, &v));
	check_eq("high half of a 16-bit field", VM_FAIL(E_UNSUPPORTED_FIELD),
		 vmwrite_status(GUEST_ES + 1, 0));
	check_eq("high half of a natural field", VM_FAIL(E_UNSUPPORTED_FIELD),
		 vmread_status(GUEST_RIP + 1, &v));
	vmclear(vm.vmcs);
}

TEST(field_read_only)
{
	bool writable;

	if (!vmx_begin())
		return;
	writable = rdmsr(MSR_VMX_MISC) & BIT(29);
	vm_setup(f_leave);
	for (unsigned int i = 0; i < field_count; i++) {
		const struct field_row *row = &field_rows[i];

		if (!field_exists(row) || field_type(row->encoding) != TYPE_EXIT)
			continue;
		check_eq(row->name, writable ? VM_SUCCEED : VM_FAIL(E_READ_ONLY_FIELD),
			 vmwrite_status(row->encoding, 0));
	}
	vmclear(vm.vmcs);
}

TEST(field_not_offered)
{
	static const uint32_t never[] = {0x0c0e, 0x03fe, 0x5000, 0x7000, 0x2bfe, 0x4ffe, 0x6ffe};
	uint64_t v = 0;

	if (!vmx_begin())
		return;
	vm_setup(f_leave);
	for (unsigned int i = 0; i < ARRAY_SIZE(never); i++) {
		check_eq("VMREAD of no field", VM_FAIL(E_UNSUPPORTED_FIELD),
			 vmread_status(never[i], &v));
		check_eq("VMWRITE of no field", VM_FAIL(E_UNSUPPORTED_FIELD),
			 vmwrite_status(never[i], 0));
	}
	check_eq("encoding above 32 bits", VM_FAIL(E_UNSUPPORTED_FIELD),
		 vmread_status(BIT(32) | GUEST_RIP, &v));
	for (unsigned int i = 0; i < field_count; i++)
		if (!field_exists(&field_rows[i]))
			check_eq(field_rows[i].name, VM_FAIL(E_UNSUPPORTED_FIELD),
				 vmread_status(field_rows[i].encoding, &v));
	check_eq("error field", E_UNSUPPORTED_FIELD, vmread(INSTRUCTION_ERROR));
	vmclear(vm.vmcs);
}

/* What one VMCS holds must not be seen in another. */
TEST(two_vmcs)
{
	uint64_t a, b;

	if (!vmx_begin())
		return;
	a = vmcs_alloc();
	b = vmcs_alloc();
	vmclear(a);
	vmclear(b);
	vmptrld(a);
	vmwrite(GUEST_RIP, 0xa);
	vmptrld(b);
	vmwrite(GUEST_RIP, 0xb);
	vmptrld(a);
	check_eq("first", 0xa, vmread(GUEST_RIP));
	vmclear(b);
	check_eq("clearing another leaves the current", a, vmptrst());
	vmclear(a);
	vmptrld(b);
	check_eq("second, after VMCLEAR", 0xb, vmread(GUEST_RIP));
	vmclear(b);
}
