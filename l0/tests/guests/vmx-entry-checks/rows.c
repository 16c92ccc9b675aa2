// SPDX-License-Identifier: Apache-2.0
// The runner of the rows.
#include "rows.h"

/* An event of length 2 that L2 handles goes on at the VMCALL. */
L2_CODE(l2_leave, "nop; nop");

static void apply(const struct change *c)
{
	switch (c->operation) {
	case SET:
		vmwrite(c->field, c->value);
		break;
	case OR:
		vmwrite(c->field, vmread(c->field) | c->value);
		break;
	case CLEAR:
		vmwrite(c->field, vmread(c->field) & ~c->value);
		break;
	case NONE:
		break;
	}
}

static void check_answer(const struct row *row, uint32_t got)
{
	if (row->engine)
		check_erratum(row->name, (uint32_t)row->answer, (uint32_t)row->engine, got);
	else
		check_eq(row->name, (uint32_t)row->answer, got);
	if (got == (uint32_t)BAD_GUEST && row->answer == BAD_GUEST)
		check_eq(row->name, row->qualification, vmread(EXIT_QUALIFICATION));
	/* A VMCS whose entry failed stays clear: SDM vol. 3, 27.8. */
	if (got & (VM_FAIL_VALID | ENTRY_FAILED))
		check("launch state stays clear", !vm.launched);
}

void run_rows(const struct row *rows, unsigned int count)
{
	if (!vmx_begin())
		return;
	for (unsigned int i = 0; i < count; i++) {
		const struct row *row = &rows[i];

		if (row->bits && (control_allowed(row->needs).may & row->bits) != row->bits)
			continue;
		page_reset();
		vm_setup(l2_leave);
		vm_guard(1000000);
		for (unsigned int c = 0; c < ARRAY_SIZE(row->changes); c++)
			apply(&row->changes[c]);
		check_answer(row, vm_run());
		vmclear(vm.vmcs);
	}
}
