// SPDX-License-Identifier: Apache-2.0
// The processor as L1 sees it: CPUID, MSRs, time stamps.
#include "apic.h"
#include "platform.h"

bool under_tcg(void)
{
	struct cpuid id = cpuid(0x40000000, 0);

	return (cpuid(1, 0).ecx & BIT(31)) && id.ebx == 0x54474354;
}

uint64_t tsc_hertz(void)
{
	struct cpuid id;

	if (cpuid(0, 0).eax < 0x15)
		return 0;
	id = cpuid(0x15, 0);
	return id.eax ? (uint64_t)id.ecx * id.ebx / id.eax : 0;
}

TEST(cpuid_sanity)
{
	struct cpuid leaf1 = cpuid(1, 0), widths = cpuid(0x80000008, 0);

	check("at least leaf 7", cpuid(0, 0).eax >= 7);
	check("long mode", cpuid(0x80000001, 0).edx & BIT(29));
	check("TSC, MSR, PAE, APIC, SEP, PGE", (leaf1.edx & 0x2a70) == 0x2a70);
	check_eq("APIC identifier", apic_read(APIC_ID) >> 24, leaf1.ebx >> 24);
	check("physical width", (widths.eax & 0xff) >= 32 && (widths.eax & 0xff) <= 52);
	check_eq("linear width", 48, (widths.eax >> 8) & 0xff);
	check_eq("OSXSAVE follows CR4", (read_cr4() >> 18) & 1, (leaf1.ecx >> 27) & 1);
}

TEST(cpuid_osxsave)
{
	NEED_PLATFORM(cpuid(1, 0).ecx & BIT(26), "no XSAVE");
	write_cr4(read_cr4() | CR4_OSXSAVE);
	check("set", cpuid(1, 0).ecx & BIT(27));
	write_cr4(read_cr4() & ~CR4_OSXSAVE);
	check("clear", !(cpuid(1, 0).ecx & BIT(27)));
}

TEST(cpuid_keeps_high_halves_clear)
{
	uint64_t a = ~0ULL, b = ~0ULL, c = 0xffffffff00000000, d = ~0ULL;

	a = 0xffffffff00000000;
	asm volatile("cpuid" : "+a"(a), "+b"(b), "+c"(c), "+d"(d));
	check_eq("bits 63:32", 0, (a | b | c | d) >> 32);
}

TEST(cpuid_tells_the_rate)
{
	NEED_PLATFORM(under_l0(), "only under L0");
	check("TSC rate in leaf 15H", tsc_hertz() > 0);
	check_eq("base frequency in leaf 16H, MHz", tsc_hertz() / 1000000,
		 cpuid(0x16, 0).eax & 0xffff);
	check_eq("level", 1, cpuid(0x54530000, 0).edx);
}

TEST(tsc_monotonic)
{
	uint64_t last = rdtsc();

	for (int i = 0; i < 1000; i++) {
		uint64_t now = rdtsc();

		check("a TSC that rises", now > last);
		last = now;
	}
}

TEST(tsc_write)
{
	NEED_PLATFORM(!under_tcg(), "TCG does not check");
	wrmsr(MSR_TSC, 1ULL << 40);
	check("near the value written", rdtsc() - BIT(40) < BIT(30));
	check("RDMSR agrees", rdmsr(MSR_TSC) - BIT(40) < BIT(30));
}

/* The bare engine is told to ignore unknown registers, and TCG does so by itself. */
TEST(unknown_msr)
{
	NEED_PLATFORM(under_l0(), "only under L0");
	check_eq("read", GP, (uint64_t)CATCH(rdmsr(0x12345678)));
	check_eq("write", GP, (uint64_t)CATCH(wrmsr(0x12345678, 0)));
	check_eq("x2APIC register in xAPIC mode", GP, (uint64_t)CATCH(rdmsr(0x802)));
}

TEST(msr_values_refused)
{
	NEED_PLATFORM(!under_tcg(), "TCG does not check");
	check_eq("EFER reserved bit", GP,
		 (uint64_t)CATCH(wrmsr(MSR_EFER, rdmsr(MSR_EFER) | BIT(9))));
	check_eq("PAT type 2", GP, (uint64_t)CATCH(wrmsr(MSR_PAT, 2)));
	if (!under_tcg())
		check_eq("FS base not canonical", GP, (uint64_t)CATCH(wrmsr(MSR_FS_BASE, BIT(60))));
}

TEST(control_registers_refused)
{
	NEED_PLATFORM(!under_tcg(), "TCG does not check");
	check_eq("CR0: PG without PE", GP, (uint64_t)CATCH(write_cr0(read_cr0() & ~CR0_PE)));
	check_eq("CR0: 64-bit code without PG", GP,
		 (uint64_t)CATCH(write_cr0(read_cr0() & ~CR0_PG)));
	check_eq("CR0: the same with NE changed", GP,
		 (uint64_t)CATCH(write_cr0((read_cr0() ^ CR0_NE) & ~CR0_PG)));
	check_eq("CR0: NW without CD", GP, (uint64_t)CATCH(write_cr0(read_cr0() | CR0_NW)));
	check_eq("CR4: reserved bit", GP, (uint64_t)CATCH(write_cr4(read_cr4() | BIT(31))));
	check_eq("CR4: PAE in long mode", GP, (uint64_t)CATCH(write_cr4(read_cr4() & ~CR4_PAE)));
	check_eq("CR8: five bits", GP, (uint64_t)CATCH(write_cr8(16)));
}

TEST(cr0_cache_bits)
{
	uint64_t cr0 = read_cr0();

	write_cr0(cr0 | CR0_CD);
	check_eq("CD", CR0_CD, read_cr0() & CR0_CD);
	asm volatile("wbinvd" ::: "memory");
	write_cr0(cr0);
	check_eq("restored", cr0, read_cr0());
}

/* A trap: the address that is pushed is the next instruction's. SDM vol. 2, INT1. */
TEST(int1_is_a_trap)
{
	uint64_t after = 0;

	check_eq("vector", DB,
		 (uint64_t)CATCH(asm volatile("lea 1f(%%rip), %0; mov %0, %%cr2; .byte 0xf1; 1: nop"
					      : "=r"(after)::"memory")));
	check_eq("return address", read_cr2(), last_fault.rip);
}

/* A step's trap comes before an interrupt of the same boundary: SDM vol. 3, 6.9. */
TEST(trap_before_interrupt)
{
	apic_enable();
	irq_count[0x67] = 0;
	apic_write(APIC_ICR_HIGH, apic_read(APIC_ID));
	check_eq("vector", DB,
		 (uint64_t)CATCH(asm volatile(
			 "sti; lea 1f(%%rip), %%rax; mov %%rax, %%cr2; mov $0xfee00300, %%eax; "
			 "pushf;"
			 "orl $0x100, (%%rsp); popf; movl $0x40067, (%%rax); 1: nop; nop" ::
				 : "rax", "memory", "cc")));
	check_eq("the address after the store", read_cr2(), last_fault.rip);
	check_eq("the interrupt waits", 0, irq_count[0x67]);
	sti();
	cli();
	check_eq("and comes", 1, irq_count[0x67]);
}

/* Single steps over instructions that a hypervisor may have to emulate. SDM vol. 3, 18.3.1.4. */
TEST(single_step_over_emulation)
{
	check_eq("a read of the IOAPIC", DB,
		 (uint64_t)CATCH(
			 asm volatile("lea 1f(%%rip), %%rax; mov %%rax, %%cr2; pushf;"
				      "orl $0x100, (%%rsp); popf; mov 0xfec00000, %%eax; 1: nop" ::
					      : "rax", "memory", "cc")));
	check_eq("the address after it", read_cr2(), last_fault.rip);
	check_eq("CPUID", DB,
		 (uint64_t)CATCH(
			 asm volatile("lea 1f(%%rip), %%rax; mov %%rax, %%cr2; pushf;"
				      "orl $0x100, (%%rsp); popf; cpuid; 1: nop" ::
					      : "rax", "rbx", "rcx", "rdx", "memory", "cc")));
	check_eq("the address after it", read_cr2(), last_fault.rip);
	check("BS", read_dr6() & BIT(14));
}

/* RF lasts for one instruction, an emulated one too. SDM vol. 3, 18.3.1.1. */
TEST(resume_flag_ends)
{
	check_eq("breakpoint after CPUID", DB,
		 (uint64_t)CATCH(
			 asm volatile("lea 2f(%%rip), %%rax; mov %%rax, %%dr0; mov %%rax, %%cr2;"
				      "mov $0x402, %%eax; mov %%rax, %%dr7; mov %%rsp, %%rdx;"
				      "mov %%ss, %%eax; push %%rax; push %%rdx; pushf;"
				      "orl $0x10000, (%%rsp); mov %%cs, %%eax; push %%rax;"
				      "lea 1f(%%rip), %%rax; push %%rax; iretq;"
				      "1: cpuid; 2: nop" ::
					      : "rax", "rbx", "rcx", "rdx", "memory", "cc")));
	check_eq("where", read_cr2(), last_fault.rip);
	write_dr7(0x400);
}

/* The #DB that general detect raises turns it off, or no handler could go on. SDM vol. 3, 18.2.4.
 */
TEST(general_detect)
{
	write_dr7(0x400 | BIT(13));
	check_eq("MOV to DR0", DB, (uint64_t)CATCH(asm volatile("mov %0, %%dr0" ::"r"(0ULL))));
	check("BD", read_dr6() & BIT(13));
	check_eq("off", (uint64_t)NO_FAULT, (uint64_t)CATCH(check_eq("DR7", 0x400, read_dr7())));
}

/* State components that CPUID does not name cannot be turned on. SDM vol. 1, 13.3. */
TEST(xsave_state)
{
	struct cpuid main = cpuid(0xd, 0), more;
	uint32_t size = 576;

	NEED_PLATFORM((cpuid(1, 0).ecx & BIT(26)) && cpuid(0, 0).eax >= 0xd, "no XSAVE");
	more = cpuid(0xd, 1);
	for (uint32_t i = 2; i < 32; i++) {
		struct cpuid part = cpuid(0xd, i);

		if ((main.eax >> i & 1) && part.eax + part.ebx > size)
			size = part.eax + part.ebx;
	}
	check_eq("room for all of XCR0", size, main.ecx);
	if (!(more.eax & BIT(3)))
		return;
	for (uint32_t i = 0; i < 32; i++)
		if (!(more.ecx >> i & 1))
			check_eq("XSS", GP, (uint64_t)CATCH(wrmsr(0xda0, BIT(i))));
}

/* A register that a bit of CPUID promises is there. SDM vol. 2, CPUID leaf 7. */
TEST(speculation_controls)
{
	uint32_t edx = cpuid(7, 0).edx;

	if (edx & (BIT(26) | BIT(27) | BIT(31)))
		check_eq("SPEC_CTRL", (uint64_t)NO_FAULT,
			 (uint64_t)CATCH(wrmsr(0x48, rdmsr(0x48))));
	if (edx & BIT(26))
		check_eq("PRED_CMD", (uint64_t)NO_FAULT, (uint64_t)CATCH(wrmsr(0x49, 1)));
	check("looked at", true);
}

/* Types 2, 3 and 7 on are reserved, and so is what is above the physical width. SDM vol. 3, 12.11.
 */
TEST(mtrr_values)
{
	static const struct {
		uint32_t msr;
		uint64_t value;
	} rows[] = {
		{0x2ff, 0xc02}, {0x2ff, 0xc07},   {0x200, 3},       {0x250, 0x0606060606060206},
		{0x26f, 8},     {0x201, BIT(52)}, {0x200, BIT(52)},
	};

	NEED_PLATFORM(cpuid(1, 0).edx & BIT(12), "no MTRRs");
	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++)
		check_eq("reserved", GP, (uint64_t)CATCH(wrmsr(rows[i].msr, rows[i].value)));
	check_eq("write-back", (uint64_t)NO_FAULT, (uint64_t)CATCH(wrmsr(0x26f, rdmsr(0x26f))));
}
