// SPDX-License-Identifier: Apache-2.0
// One L2 built from L1's own state: the tests change from there what they are about.
#include "apic.h"
#include "vmx.h"

uint32_t vmx_enter(uint64_t *regs, bool resume);
extern char vmx_exit[];

struct vm vm;

/* Far beyond every test; an L2 that runs away comes back with exit reason 52. */
#define RUNAWAY_TICKS 50000000ULL
#define GUARD_VECTOR  0xee

static uint64_t descriptor_base(uint64_t selector)
{
	const uint64_t *d = &gdt[selector / 8];

	return ((d[0] >> 16) & 0xffffff) | ((d[0] >> 32) & 0xff000000) | (d[1] << 32);
}

/* The word "no-ept" is for digests to compare with those of an L0 that offers no EPT. */
static bool with_ept(void)
{
	return (control_allowed(WORD_PROC2).may & PROC2_EPT) && !option("no-ept");
}

static void write_controls(void)
{
	static const struct {
		enum control_word word;
		enum field field;
		uint32_t wanted;
	} rows[] = {
		{WORD_PIN, PIN_CONTROLS, PIN_TIMER},
		{WORD_PROC, PROC_CONTROLS, PROC_MSR_BITMAP | PROC_SECONDARY},
		{WORD_PROC2, PROC2_CONTROLS, PROC2_EPT | PROC2_RDTSCP | PROC2_INVPCID},
		{WORD_EXIT, EXIT_CONTROLS,
		 EXIT_SAVE_DEBUG | EXIT_HOST_64 | EXIT_SAVE_EFER | EXIT_LOAD_EFER},
		{WORD_ENTRY, ENTRY_CONTROLS, ENTRY_LOAD_DEBUG | ENTRY_IA32E | ENTRY_LOAD_EFER},
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++) {
		struct allowed a = control_allowed(rows[i].word);

		if (rows[i].word == WORD_PROC2 && !with_ept())
			a.may &= ~(uint32_t)PROC2_EPT;
		if (rows[i].word != WORD_PROC2 || (a.may | a.must))
			vmwrite(rows[i].field, a.must | (rows[i].wanted & a.may));
	}
	vmwrite(EXCEPTION_BITMAP, 0);
	vmwrite(PF_MASK, 0);
	vmwrite(PF_MATCH, 0);
	vmwrite(CR3_TARGET_COUNT, 0);
	vmwrite(EXIT_MSR_STORE_COUNT, 0);
	vmwrite(EXIT_MSR_LOAD_COUNT, 0);
	vmwrite(ENTRY_MSR_LOAD_COUNT, 0);
	vmwrite(ENTRY_EVENT, 0);
	vmwrite(CR0_MASK, 0);
	vmwrite(CR4_MASK, 0);
	vmwrite(CR0_SHADOW, 0);
	vmwrite(CR4_SHADOW, 0);
	vmwrite(TSC_OFFSET, 0);
	vmwrite(MSR_BITMAP, address_of(vm.msr_bitmap));
	vmwrite(IO_BITMAP_A, address_of(vm.io_bitmap));
	vmwrite(IO_BITMAP_B, address_of(vm.io_bitmap) + PAGE_SIZE);
}

static void write_host(void)
{
	vmwrite(HOST_CR0, read_cr0());
	vmwrite(HOST_CR3, read_cr3());
	vmwrite(HOST_CR4, read_cr4());
	vmwrite(HOST_CS, SEL_CODE64);
	vmwrite(HOST_TR, SEL_TSS);
	for (uint32_t f = HOST_ES; f < HOST_TR; f += 2)
		if (f != HOST_CS)
			vmwrite((enum field)f, SEL_DATA);
	vmwrite(HOST_FS_BASE, 0);
	vmwrite(HOST_GS_BASE, 0);
	vmwrite(HOST_TR_BASE, descriptor_base(SEL_TSS));
	vmwrite(HOST_GDTR_BASE, address_of(gdt));
	vmwrite(HOST_IDTR_BASE, address_of(idt_l1));
	vmwrite(HOST_SYSENTER_CS, 0);
	vmwrite(HOST_SYSENTER_ESP, 0);
	vmwrite(HOST_SYSENTER_EIP, 0);
	vmwrite(HOST_EFER, rdmsr(MSR_EFER));
	vmwrite(HOST_RIP, address_of(vmx_exit));
}

static void write_guest_segments(void)
{
	/* In the order of the encodings: ES CS SS DS FS GS LDTR TR. SDM vol. 3, 25.4.1 */
	static const struct {
		uint16_t selector;
		uint32_t limit, rights;
	} rows[] = {
		{SEL_DATA, 0xffffffff, 0xc093},
		{SEL_CODE64, 0xffffffff, 0xa09b},
		{SEL_DATA, 0xffffffff, 0xc093},
		{SEL_DATA, 0xffffffff, 0xc093},
		{SEL_DATA, 0xffffffff, 0xc093},
		{SEL_DATA, 0xffffffff, 0xc093},
		{0, 0, 0x10000},
		{SEL_TSS, 103, 0x8b},
	};

	for (uint32_t i = 0; i < ARRAY_SIZE(rows); i++) {
		vmwrite((enum field)(GUEST_ES + 2 * i), rows[i].selector);
		vmwrite((enum field)(GUEST_ES_LIMIT + 2 * i), rows[i].limit);
		vmwrite((enum field)(GUEST_ES_RIGHTS + 2 * i), rows[i].rights);
		vmwrite((enum field)(GUEST_ES_BASE + 2 * i), 0);
	}
	vmwrite(GUEST_TR_BASE, descriptor_base(SEL_TSS));
	vmwrite(GUEST_GDTR_BASE, address_of(gdt));
	vmwrite(GUEST_GDTR_LIMIT, sizeof(gdt) - 1);
	vmwrite(GUEST_IDTR_BASE, address_of(idt_l2));
	vmwrite(GUEST_IDTR_LIMIT, sizeof(idt_l2) - 1);
}

static void write_guest(uint64_t entry)
{
	write_guest_segments();
	vmwrite(GUEST_CR0, read_cr0());
	vmwrite(GUEST_CR3, read_cr3());
	vmwrite(GUEST_CR4, read_cr4());
	vmwrite(GUEST_EFER, rdmsr(MSR_EFER));
	vmwrite(GUEST_DR7, 0x400);
	vmwrite(GUEST_RSP, vm.stack);
	vmwrite(GUEST_RIP, entry);
	vmwrite(GUEST_RFLAGS, RFLAGS_ONE);
	vmwrite(GUEST_PENDING_DEBUG, 0);
	vmwrite(GUEST_INTERRUPTIBILITY, 0);
	vmwrite(GUEST_ACTIVITY, 0);
	vmwrite(GUEST_DEBUGCTL, 0);
	vmwrite(GUEST_SYSENTER_CS, 0);
	vmwrite(GUEST_SYSENTER_ESP, 0);
	vmwrite(GUEST_SYSENTER_EIP, 0);
	vmwrite(LINK_POINTER, ~0ULL);
}

/* Write-back, walk of four levels (SDM vol. 3, 25.6.11); leaves read, write, execute. */
static void build_ept(void)
{
	vm.ept = page_alloc();
	vm.ept_pdpt = page_alloc();
	vm.ept_pd = pages_alloc(4);
	vm.ept[0] = address_of(vm.ept_pdpt) | 7;
	for (uint64_t i = 0; i < 4; i++)
		vm.ept_pdpt[i] = (address_of(vm.ept_pd) + i * PAGE_SIZE) | 7;
	for (uint64_t i = 0; i < 2048; i++)
		vm.ept_pd[i] = (i << 21) | 0xb7;
	vmwrite(EPTP, address_of(vm.ept) | 0x1e);
	/* The pages were the EPT of an earlier test, with other content: SDM vol. 3, 29.4.3.4. */
	check_eq("invept", VM_SUCCEED, invept(2, 0, 0));
}

/*
 * Without a preemption timer the local APIC's can be the guard: its interrupt ends L2 whatever
 * L2's RFLAGS.IF, and is taken by L1 right after. 0: it is not in use.
 */
static uint32_t guard_ticks;

static void set_timer(uint64_t ticks)
{
	vmwrite(PREEMPTION_TIMER, ticks >> (rdmsr(MSR_VMX_MISC) & 31));
}

void vm_fill(uint64_t entry)
{
	write_controls();
	write_host();
	write_guest(entry);
}

void vm_setup(void (*entry)(void))
{
	vm = (struct vm){.vmcs = vmcs_alloc()};
	vm.msr_bitmap = page_alloc();
	vm.io_bitmap = pages_alloc(2);
	vm.stack = address_of(pages_alloc(4)) + 4 * PAGE_SIZE - 8;
	l2_log_reset();
	check_eq("vmclear", VM_SUCCEED, vmclear(vm.vmcs));
	check_eq("vmptrld", VM_SUCCEED, vmptrld(vm.vmcs));
	vm_fill(address_of((const void *)(uintptr_t)entry));
	if (with_ept())
		build_ept();
	guard_ticks = 0;
	if (vmread(PIN_CONTROLS) & PIN_TIMER)
		set_timer(RUNAWAY_TICKS);
}

void vm_guard(uint64_t ticks)
{
	if (vmread(PIN_CONTROLS) & PIN_TIMER)
		set_timer(ticks);
	else if (vm_set(WORD_PIN, PIN_EXTERNAL))
		guard_ticks = (uint32_t)ticks;
}

static void guard_begin(void)
{
	apic_enable();
	apic_write(APIC_LVT_TIMER, GUARD_VECTOR);
	apic_write(APIC_TIMER_DIVIDE, 0xb); /* by one */
	apic_write(APIC_TIMER_INITIAL, guard_ticks);
}

/* The exit reason with which a preemption timer would have ended L2, if the guard did. */
static uint32_t guard_end(uint32_t reason)
{
	uint32_t before = irq_count[GUARD_VECTOR];

	apic_write(APIC_TIMER_INITIAL, 0);
	if (apic_bit(APIC_ISR, GUARD_VECTOR)) /* acknowledged by the exit */
		apic_eoi();
	else if (!apic_bit(APIC_IRR, GUARD_VECTOR))
		return reason;
	trap_reload(); /* the exit may have loaded nonsense */
	sti();
	cli();
	irq_count[GUARD_VECTOR] = before;
	return reason == X_EXTERNAL ? X_TIMER : reason;
}

uint32_t vm_run_one(struct vm *one)
{
	uint32_t flags = vmx_enter(one->regs, one->launched), reason;

	if (flags)
		return vm_status(flags & 1, flags & 2);
	reason = (uint32_t)vmread(EXIT_REASON);
	if (!(reason & ENTRY_FAILED))
		one->launched = true;
	return reason;
}

uint32_t vm_run(void)
{
	uint32_t reason;

	if (!guard_ticks)
		return vm_run_one(&vm);
	guard_begin();
	reason = vm_run_one(&vm);
	if (reason & (VM_FAIL_VALID | VM_FAIL_INVALID)) {
		guard_end(0);
		return reason;
	}
	return guard_end(reason);
}

bool vm_expect(const char *what, uint32_t reason)
{
	uint32_t got = vm_run();

	check_eq(what, reason, got);
	return got == reason;
}

void vm_skip(void)
{
	vmwrite(GUEST_RIP, vmread(GUEST_RIP) + vmread(EXIT_LENGTH));
}

static const enum field control_field[] = {
	[WORD_PIN] = PIN_CONTROLS,   [WORD_PROC] = PROC_CONTROLS,   [WORD_PROC2] = PROC2_CONTROLS,
	[WORD_EXIT] = EXIT_CONTROLS, [WORD_ENTRY] = ENTRY_CONTROLS,
};

bool vm_set(enum control_word word, uint32_t bits)
{
	if ((control_allowed(word).may & bits) != bits)
		return false;
	vmwrite(control_field[word], vmread(control_field[word]) | bits);
	return true;
}

void vm_clear(enum control_word word, uint32_t bits)
{
	vmwrite(control_field[word], vmread(control_field[word]) & ~(uint64_t)bits);
}
