// SPDX-License-Identifier: Apache-2.0
#include <stdarg.h>
#include <stddef.h>

#include "lib/console.h"
#include "lib/print.h"
#include "measure/channel.h"
#include "measure/panic.h"

_Noreturn void panic(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say_list(format, args);
	va_end(args);
	channel_stop("panic", 1, "L0 stopped itself; its console says why", 0, NULL);
	machine_off();
}
