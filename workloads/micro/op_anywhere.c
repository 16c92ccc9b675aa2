// SPDX-License-Identifier: Apache-2.0
// Operations that are the same in the freestanding program and in Linux user mode.
#include "cpu.h"
#include "operations.h"

// POST codes: no device whose state a read could change, and KVM's kernel part knows it not.
#define PORT_POST 0x80

bool op_cpuid(uint64_t *ticks)
{
	uint64_t start = rdtsc();

	cpuid(0, 0);
	*ticks = rdtsc() - start;
	return true;
}

bool op_in_user(uint64_t *ticks)
{
	uint64_t start = rdtsc();

	inb(PORT_POST);
	*ticks = rdtsc() - start;
	return true;
}
