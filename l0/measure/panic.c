// SPDX-License-Identifier: Apache-2.0
#include <stdarg.h>

#include "lib/console.h"
#include "lib/print.h"
#include "measure/channel.h"
#include "measure/panic.h"

_Noreturn void panic(const char *format, ...)
{
	const struct channel_end end = {
		.why = "panic",
		.status = 1,
		.detail = "L0 stopped itself; its console says why",
	};
	va_list args;

	console_break();
	channel_break();
	va_start(args, format);
	say_list(format, args);
	va_end(args);
	channel_stop(&end);
	machine_off();
}
