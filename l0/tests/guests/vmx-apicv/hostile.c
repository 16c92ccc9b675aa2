// SPDX-License-Identifier: Apache-2.0
// One processor enters its L2 again and again; another one rewrites what L0 and the processor read
// of that L2's APIC, and notifies it. Nothing is expected of any single entry; all of them come
// back.
#include "apicv.h"
#include "peers.h"

enum { ENTRIES = 600, REASONS = 64, FIRST_VECTOR = 0x30, VICTIM = 1 };

#define WRITE_MSR(msr, value) "mov $" msr ", %ecx; mov $" value ", %eax; xor %edx, %edx; wrmsr;"
#define L0_ANSWERS            "mov $0x54530000, %eax; push %rbx; cpuid; pop %rbx;"

L2_CODE(h_msrs, "mov $6, %ebx; 1:" WRITE_MSR("0x83f", "0x41") L0_ANSWERS WRITE_MSR("0x808", "0x50")
			L0_ANSWERS "mov $0x80a, %ecx; rdmsr;" WRITE_MSR("0x808", "0")
				WRITE_MSR("0x80b", "0") WRITE_MSR("0x80b", "0") "dec %ebx; jnz 1b");
L2_CODE(h_memory, "mov $6, %ebx; 1: movl $0x50, 0x80(%rdi);" L0_ANSWERS
		  "movl $0, 0x80(%rdi); mov 0x100(%rdi), %eax;"
		  "movl $0, 0xb0(%rdi);" L0_ANSWERS
		  "movl $0x4041, 0x300(%rdi); movl $0, 0xb0(%rdi); dec %ebx; jnz 1b");

static uint64_t state;
static uint32_t *access_page;
static volatile uint32_t entries, failed, seen[REASONS];
static uint32_t mode;

static uint32_t random_below(uint32_t n)
{
	state = state * 6364136223846793005ULL + 1442695040888963407ULL;
	return (uint32_t)(state >> 33) % n;
}

static void note(uint32_t reason)
{
	if (reason >= REASONS)
		failed++;
	else
		seen[reason]++;
	if (reason == X_EXTERNAL)
		apic_eoi();
}

static void enter(void (*code)(void), uint64_t stack, uint32_t n)
{
	struct vm *l2 = &peer_here()->vm;

	vmwrite(GUEST_RIP, address_of((const void *)(uintptr_t)code));
	vmwrite(GUEST_RSP, stack);
	vmwrite(GUEST_RFLAGS, RFLAGS_ONE | RFLAGS_IF);
	vmwrite(GUEST_INTERRUPTIBILITY, 0);
	vmwrite(EOI_EXIT1, n % 3 ? 0 : ~0ULL);
	vmwrite(GUEST_INTERRUPT_STATUS,
		n % 4 ? vmread(GUEST_INTERRUPT_STATUS) : 0x6000 | (0x41 + n % 64));
	l2->regs[RDI] = address_of(access_page);
	if (n % 2)
		apic_self_ipi(NOTIFICATION);
	note(peer_run());
}

static void be_attacked(void)
{
	void (*code)(void) = mode == PROC2_X2APIC ? h_msrs : h_memory;
	uint64_t stack;

	peer_enter_root();
	peer_setup(code);
	stack = vmread(GUEST_RSP);
	apicv_use(mode);
	apicv_use_posting();
	if (mode == PROC2_APIC_ACCESSES)
		vmwrite(APIC_ACCESS, address_of(access_page));
	for (entries = 1; entries <= ENTRIES; entries++)
		enter(code, stack, entries);
	peer_leave_root();
}

/* The registers that the processor has there, but for requests of exceptions' vectors. */
static void attack_page(void)
{
	uint32_t at = 0x80 + random_below(0x20) * 16;

	if (at != APIC_IRR)
		apic_page[at / 4] = random_below(0x80000000) << random_below(2);
}

static void attack_posting(void)
{
	uint32_t vector = FIRST_VECTOR + random_below(256 - FIRST_VECTOR);

	__atomic_fetch_or(&posting->pir[vector / 32], 1U << vector % 32, __ATOMIC_SEQ_CST);
	posting->control = random_below(4) ? POSTING_ON : random_below(0x80000000);
	posting->destination = random_below(0x80000000);
	posting->reserved[random_below(6)] = random_below(2);
}

static void attack_access_page(void)
{
	access_page[random_below(1024)] = random_below(0x80000000);
}

static void notify(void)
{
	static const uint32_t vectors[] = {NOTIFICATION, NOTIFICATION, 0x70};

	ipi(VICTIM, ICR_ASSERT | vectors[random_below(3)]);
}

static void attack(uint32_t as)
{
	static void (*const attacks[])(void) = {attack_page,    attack_page,        attack_posting,
						attack_posting, attack_access_page, notify};

	mode = as;
	state = option_number("seed", 7);
	entries = failed = 0;
	for (unsigned int i = 0; i < REASONS; i++)
		seen[i] = 0;
	l2_log_reset();
	access_page = page_alloc();
	/* Until the victim has its own there is nothing to be rewritten. */
	apic_page = page_alloc();
	posting = page_alloc();
	run_on(VICTIM, be_attacked);
	while (entries <= ENTRIES) {
		attacks[random_below(ARRAY_SIZE(attacks))]();
		spend(random_below(400));
	}
	wait_for(VICTIM);
	print("INFO %u entries, %u events of L2; exits %u for interrupts, %u for EOIs, %u for "
	      "commands, %u at the end\n",
	      ENTRIES, l2_events, seen[X_EXTERNAL], seen[X_EOI], seen[X_APIC_WRITE],
	      seen[X_VMCALL]);
	check_eq("failed entries", 0, failed);
	check("L2 comes to its end, or its command", seen[X_VMCALL] + seen[X_APIC_WRITE]);
	check("events", l2_events);
	check("other vectors exit", seen[X_EXTERNAL]);
}

static bool may_attack(void)
{
	if (!peers_begin())
		return false;
	if (under_l0() && apicv_posts())
		return true;
	skip("needs L0 and posted interrupts");
	return false;
}

TEST(hostile_x2apic)
{
	if (may_attack())
		attack(PROC2_X2APIC);
}

TEST(hostile_xapic)
{
	if (may_attack())
		attack(PROC2_APIC_ACCESSES);
}
