// SPDX-License-Identifier: Apache-2.0
#include "measure/reasons.h"

static const char *const names[EXIT_REASON_COUNT] = {
#define EXIT(number, name, l1, l2, wanted) [number] = #name,
#include "measure/exits.def"
#undef EXIT
};

const char *exit_reason_name(unsigned reason)
{
	return reason < EXIT_REASON_COUNT && names[reason] ? names[reason] : "reserved";
}
