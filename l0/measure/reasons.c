// SPDX-License-Identifier: Apache-2.0
#include "measure/reasons.h"

static const char *const names[EXIT_REASON_COUNT] = {
#define X(number, name) [number] = #name,
	EXIT_REASONS(X)
#undef X
};

const char *exit_reason_name(unsigned reason)
{
	return reason < EXIT_REASON_COUNT && names[reason] ? names[reason] : "reserved";
}
