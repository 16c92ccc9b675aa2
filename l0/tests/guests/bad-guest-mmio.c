// SPDX-License-Identifier: Apache-2.0
// Touches the local APIC by an instruction that no driver would use.
#include "guest.h"
#include "processor.h"

TEST(mmio)
{
	asm volatile("lock xaddq %%rax, (%0)" ::"r"(0xfee00080ULL) : "rax", "memory");
	asm volatile("fnstenv (%0)" ::"r"(0xfee00300ULL) : "memory");
	check("the end", false);
}
