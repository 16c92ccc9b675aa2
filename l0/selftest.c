// SPDX-License-Identifier: Apache-2.0
#include "knobs.h"
#include "selftest.h"

extern volatile char l0_text_start[];

/* Deeper with every call, as long as nobody says that it is enough: and nobody does. */
static unsigned descend(const volatile unsigned char *enough)
{
	volatile unsigned char here[256] = {0};

	return *enough ? here[0] : descend(&here[1]) + here[0];
}

static void write_code(void)
{
	l0_text_start[0] = 0;
}

void selftest(const char *what)
{
	volatile unsigned char enough = 0;

	if (knob_is(what, "code"))
		write_code();
	if (knob_is(what, "stack"))
		descend(&enough);
}

void selftest_sealed(const char *what, volatile void *variable)
{
	if (knob_is(what, "sealed"))
		*(volatile char *)variable = 0;
}
