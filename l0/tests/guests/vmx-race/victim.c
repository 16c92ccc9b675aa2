// SPDX-License-Identifier: Apache-2.0
// The processor that enters L2, and takes whatever comes of it.
#include "race.h"

enum { RELOAD = 8, GUARD_TICKS = 20000 };

volatile uint32_t rounds_done, rounds_wanted;
uint32_t exits_seen[64], entries_failed;
uint64_t race_seed;

/* VMCLEAR and VMPTRLD, until they find a revision that nobody has just rewritten. */
static void reload(void)
{
	for (unsigned int i = 0; i < 1000; i++) {
		vmclear(vm.vmcs);
		*(volatile uint32_t *)prey.vmcs = vmcs_revision();
		vm.launched = false;
		if (vmptrld(vm.vmcs) == VM_SUCCEED)
			return;
	}
	check("VMPTRLD succeeds some time", false);
}

static void write_lists(struct random *r)
{
	static const struct {
		enum field address, count;
		struct msr_entry **list;
	} rows[] = {
		{ENTRY_MSR_LOAD, ENTRY_MSR_LOAD_COUNT, &prey.entry_load},
		{EXIT_MSR_LOAD, EXIT_MSR_LOAD_COUNT, &prey.exit_load},
		{EXIT_MSR_STORE, EXIT_MSR_STORE_COUNT, &prey.exit_store},
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++) {
		vmwrite(rows[i].address, address_of(*rows[i].list));
		vmwrite(rows[i].count, LIST_ENTRIES);
	}
	if (random_below(r, 8)) /* most entries are to come further than this list */
		vmwrite(ENTRY_MSR_LOAD_COUNT, 0);
}

/* Controls that differ from entry to entry. */
static void choose_controls(struct random *r)
{
	static const uint32_t pins[] = {PIN_EXTERNAL, PIN_NMI, PIN_EXTERNAL | PIN_NMI,
					PIN_NMI | PIN_VIRTUAL_NMI};
	static const uint32_t procs[] = {PROC_TPR_SHADOW, PROC_IO_BITMAP,        PROC_MTF,
					 PROC_HLT,        PROC_INTERRUPT_WINDOW, PROC_PAUSE};

	vm_set(WORD_PIN, pins[random_below(r, ARRAY_SIZE(pins))]);
	vm_set(WORD_PROC, procs[random_below(r, ARRAY_SIZE(procs))]);
	if (random_below(r, 4) == 0)
		vm_set(WORD_PROC, PROC_TPR_SHADOW | PROC_IO_BITMAP);
	if (random_below(r, 2))
		vm_set(WORD_EXIT, EXIT_ACK);
	if (random_below(r, 4) == 0)
		vm_clear(WORD_PROC, PROC_MSR_BITMAP);
	vmwrite(VIRTUAL_APIC, address_of(prey.virtual_apic));
	vmwrite(TPR_THRESHOLD, random_below(r, 16));
	vmwrite(EXCEPTION_BITMAP, random_below(r, 2) ? 0xffffffff : 0);
}

static void choose_state(struct random *r)
{
	static const uint64_t ports[] = {0x80, 0xed, 0x3ff, 0x61, 0xffff};
	static const uint64_t flags[] = {0, RFLAGS_IF, RFLAGS_TF, RFLAGS_IF | RFLAGS_RF};

	vmwrite(GUEST_CR3, AREA_PAGE(AREA_PML4));
	vmwrite(GUEST_RSP, AREA_PAGE(AREA_STACK + 1) - 64);
	vmwrite(GUEST_RFLAGS, RFLAGS_ONE | flags[random_below(r, ARRAY_SIZE(flags))]);
	vmwrite(GUEST_ACTIVITY, random_below(r, 16) ? 0 : random_below(r, 4));
	if (random_below(r, 8) == 0)
		vmwrite(ENTRY_EVENT, EVENT(EVENT_EXCEPTION, random_below(r, 32)));
	vm.regs[RAX] = AREA_PAGE(AREA_DATA) + (random_below(r, 2) ? 0x30 : 0xffe);
	vm.regs[RDI] = AREA_PAGE(AREA_DATA) + 0x30;
	vm.regs[RSI] = AREA_PAGE(AREA_DATA + 1) + 0x30;
	vm.regs[RCX] = random_below(r, 2) ? MSR_SYSENTER_CS : 5;
	vm.regs[RDX] = ports[random_below(r, ARRAY_SIZE(ports))];
	vm.regs[RBX] = random_below(r, 16);
}

/* The operands may be absent, read-only or rewritten in the middle. */
static void use_operands(struct random *r)
{
	uint64_t at = OPERANDS + random_below(r, 2) * PAGE_SIZE +
		      (random_below(r, 2) ? 0 : PAGE_SIZE - 4);

	switch (random_below(r, 4)) {
	case 0:
		(void)CATCH(asm volatile("vmread %1, (%0)" ::"r"(at), "r"((uint64_t)GUEST_RIP)
					 : "memory", "cc"));
		break;
	case 1:
		(void)CATCH(asm volatile("vmptrst (%0)" ::"r"(at) : "memory", "cc"));
		break;
	case 2:
		(void)CATCH(asm volatile("invept (%0), %1" ::"r"(at), "r"(1ULL) : "memory", "cc"));
		break;
	default:
		(void)CATCH(asm volatile("invvpid (%0), %1" ::"r"(at), "r"(1ULL) : "memory", "cc"));
	}
}

static void note(uint32_t reason)
{
	if (reason & (VM_FAIL_VALID | VM_FAIL_INVALID)) {
		entries_failed++;
		vm.launched ^= (reason & 0xff) == E_LAUNCH_NOT_CLEAR ||
			       (reason & 0xff) == E_RESUME_NOT_LAUNCHED;
	} else {
		exits_seen[reason & 63]++;
	}
}

static void one_round(struct random *r)
{
	if (rounds_done % RELOAD == 0)
		reload();
	vm_fill(SLOT);
	vmwrite(EPTP, address_of(vm.ept) | 0x1e);
	vmwrite(PREEMPTION_TIMER, GUARD_TICKS >> (rdmsr(MSR_VMX_MISC) & 31));
	write_lists(r);
	choose_controls(r);
	choose_state(r);
	if (random_below(r, 4) == 0)
		use_operands(r);
	note(vm_run());
	apic_eoi();
	sti();
	cli();
}

void victim_run(void)
{
	struct random r = {race_seed * 3 + 1};

	vmx_enter_root(address_of(prey.vmcs) + PAGE_SIZE);
	while (rounds_done < rounds_wanted) {
		one_round(&r);
		rounds_done++;
	}
	for (;;) /* an INIT may be pending: VMXOFF would let it in */
		pause();
}
