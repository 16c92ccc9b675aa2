// SPDX-License-Identifier: Apache-2.0
#include "hw/vector.h"

#include "hw/x86.h"
#include "lib/asm.h"
#include "vmcs12.h"
#include "vmcs_access.h"

#define XCR0_SSE_AVX 6ull

bool vector_usable(bool vex)
{
	uint64_t cr0 = vmcs_read(VMCS_GUEST_CR0), cr4 = vmcs_read(VMCS_GUEST_CR4);

	if (cr0 & CR0_TS)
		return false;
	if (!vex)
		return (cr4 & CR4_OSFXSR) && !(cr0 & CR0_EM);
	return (cr4 & CR4_OSXSAVE) && (cr0 & CR0_PE) && (xgetbv(0) & XCR0_SSE_AVX) == XCR0_SSE_AVX;
}

/* The number of a register stands in the instruction, so there is one for each. */
#define EACH_REGISTER(what)                                                                        \
	what(0) what(1) what(2) what(3) what(4) what(5) what(6) what(7) what(8) what(9) what(10)   \
		what(11) what(12) what(13) what(14) what(15)

#define READ_CASE(n)                                                                               \
	case n:                                                                                    \
		if (vex)                                                                           \
			__asm__ volatile("vmovups %%ymm" #n ", %0" : "=m"(*to));                   \
		else                                                                               \
			__asm__ volatile("movups %%xmm" #n ", %0" : "=m"(*to));                    \
		break;

#define WRITE_CASE(n)                                                                              \
	case n:                                                                                    \
		if (vex)                                                                           \
			__asm__ volatile("vmovups %0, %%ymm" #n : : "m"(*from));                   \
		else                                                                               \
			__asm__ volatile("movups %0, %%xmm" #n : : "m"(*from));                    \
		break;

struct whole {
	uint64_t word[4];
};

static void read_register(unsigned n, bool vex, struct whole *to)
{
	switch (n) {
		EACH_REGISTER(READ_CASE)
	}
}

static void write_register(unsigned n, bool vex, const struct whole *from)
{
	switch (n) {
		EACH_REGISTER(WRITE_CASE)
	}
}

/*
 * L0's own CR0 and CR4 let these instructions through for as long as they take: a guest's TS and EM
 * are in its VMCS, and host_init() sets OSFXSR.
 */
void vector_read(unsigned n, bool vex, uint64_t to[4])
{
	struct whole w = {{0}};

	read_register(n, vex, &w);
	for (unsigned i = 0; i < 4; i++)
		to[i] = w.word[i];
}

void vector_write(unsigned n, bool vex, const uint64_t from[4])
{
	struct whole w;

	for (unsigned i = 0; i < 4; i++)
		w.word[i] = from[i];
	write_register(n, vex, &w);
}
