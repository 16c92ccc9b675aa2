// SPDX-License-Identifier: Apache-2.0
#include "measure/charge.h"
#include "knobs.h"
#include "measure/counters.h"
#include "measure/charge.def"

_Static_assert(__builtin_offsetof(struct counters, left) == COUNTERS_AT_LEFT, "exit.S");
_Static_assert(__builtin_offsetof(struct counters, entered) == COUNTERS_AT_ENTERED, "exit.S");
_Static_assert(__builtin_offsetof(struct counters, charged) == COUNTERS_AT_CHARGED, "exit.S");

/* One round at least, and ECX counts them; an odd instruction is the NOP of the other entry. */
#define CHECK_ROW(name, ticks, source)                                                             \
	_Static_assert((ticks) > CHARGE_FIXED_TICKS + 2 && (ticks) < UINT32_MAX, name);
CHARGES(CHECK_ROW)

static const struct {
	const char *name;
	uint32_t ticks;
} calibrations[] = {
#define ROW(name, ticks, source) {name, ticks},
	CHARGES(ROW)
#undef ROW
};

/* By exit.S: what the processor comes to at an exit. */
extern char vmx_exit[], vmx_exit_charged[], vmx_exit_charged_one_more[];
extern char vmx_exit_shadowed[], vmx_exit_shadowed_charged[], vmx_exit_shadowed_charged_one_more[];
extern char vmx_exit_posted[], vmx_exit_posted_charged[], vmx_exit_posted_charged_one_more[];
extern char vmx_exit_direct[], vmx_exit_direct_charged[], vmx_exit_direct_charged_one_more[];

void charge_init(struct charge *charge, struct counters *counters, const char *name)
{
	*charge = (struct charge){.counters = counters};
	for (unsigned i = 0; i < sizeof(calibrations) / sizeof(calibrations[0]); i++)
		if (knob_is(calibrations[i].name, name))
			charge->ticks = calibrations[i].ticks;
	if (charge->ticks)
		charge->rounds = (charge->ticks - CHARGE_FIXED_TICKS) / 2;
}

uint64_t charge_entry_point(const struct charge *charge, enum exit_kind kind)
{
	static const char *const points[EXIT_KINDS][3] = {
		[EXIT_KIND_PLAIN] = {vmx_exit, vmx_exit_charged, vmx_exit_charged_one_more},
		[EXIT_KIND_SHADOWED] = {vmx_exit_shadowed, vmx_exit_shadowed_charged,
					vmx_exit_shadowed_charged_one_more},
		[EXIT_KIND_POSTED] = {vmx_exit_posted, vmx_exit_posted_charged,
				      vmx_exit_posted_charged_one_more},
		[EXIT_KIND_DIRECT] = {vmx_exit_direct, vmx_exit_direct_charged,
				      vmx_exit_direct_charged_one_more},
	};
	unsigned odd = (charge->ticks - CHARGE_FIXED_TICKS) % 2;

	return (uintptr_t)points[kind][charge->ticks ? 1 + odd : 0];
}
