// SPDX-License-Identifier: Apache-2.0
/* From the loader to L1's first instruction. */
#include "boot/boot.h"
#include "cpu/asm.h"
#include "cpu/cr.h"
#include "cpu/exit.h"
#include "cpu/host.h"
#include "cpu/msr.h"
#include "cpu/msr_bitmap.h"
#include "cpu/vcpu.h"
#include "cpu/vmcs01.h"
#include "cpu/vmx.h"
#include "cpu/x86.h"
#include "evmcs.h"
#include "lib/console.h"
#include "lib/print.h"
#include "lib/string.h"
#include "load/load.h"
#include "measure/channel.h"
#include "measure/profile.h"
#include "nested/shadow.h"
#include "platform/acpi.h"
#include "vm.h"

#define MIB    (UINT64_C(1) << 20)
#define PAGE   UINT64_C(4096)
#define POOL01 (4 * MIB) /* EPT01: a page for each GiB with 2 MiB leaves, and to spare */

void boot_main(uint32_t magic, uint32_t mbi);

static struct boot_info boot;
static struct vm vm;
static struct vcpu vcpu0;
/* VMXON region, VMCS01, VMCS02, two MSR bitmaps, shadow VMCS and its two
 * bitmaps: a page each, for the one CPU. */
static uint8_t cpu_pages[8][4096] __attribute__((aligned(4096)));

_Noreturn static void give_up(const char *detail)
{
	channel_stop("error", 1, detail, 0, NULL);
	machine_off();
}

/* L0's own memory: [start, end) right after its image and the modules. */
struct free_memory {
	uint64_t start, end;
};

static uint64_t profile_bytes(void)
{
	return knob_is(vm.knobs.profile, "yes") ? profile_memory() : 0;
}

/* Where L1's RAM goes: the better aligned, the larger are EPT01's leaves. 0: there is no room. */
static uint64_t place_ram(uint64_t first, uint64_t end, uint64_t size, uint64_t pools)
{
	static const uint64_t alignments[] = {1024 * MIB, 2 * MIB};
	uint64_t place;

	for (unsigned i = 0; end >= size && i < sizeof(alignments) / sizeof(alignments[0]); i++) {
		place = (end - size) & ~(alignments[i] - 1);
		if (place >= first && place - first >= pools)
			return place;
	}
	return 0;
}

/*
 * Divides the RAM that holds the first free byte: L0's pools from below, L1's RAM from the top, so
 * that L1's is one aligned range.
 */
static bool divide_memory(struct free_memory *own)
{
	uint64_t pools = POOL01 + vm.knobs.pool * MIB + profile_bytes();
	uint64_t size = vm.knobs.memory * MIB, first = boot_first_free(&boot), end = 0, l1;

	first = (first + PAGE - 1) & ~(PAGE - 1);
	for (unsigned i = 0; i < boot.ranges; i++)
		if (first >= boot.ram[i].hpa && first - boot.ram[i].hpa < boot.ram[i].size)
			end = boot.ram[i].hpa + boot.ram[i].size;
	l1 = place_ram(first, end, size, pools);
	own->start = first;
	own->end = l1;
	if (!l1) {
		say("this machine has no room for %lu MiB of L1 and %lu MiB of L0 (knob memory)",
		    vm.knobs.memory, pools / MIB);
		return false;
	}
	ram_init(&vm.ram, l1, size);
	return true;
}

static void init_caps(void)
{
	features_caps(&vm.features, &vm.hw_caps);
	vmx_caps_make(&vm.l1_caps, &vm.hw_caps);
	if (!knob_is(vm.knobs.mmu, "mdp"))
		vmx_caps_hide_ept(&vm.l1_caps);
	if (knob_is(vm.knobs.vpid, "off"))
		vmx_caps_hide_vpid(&vm.l1_caps);
	if (knob_is(vm.knobs.mmu, "shadow-on-shadow")) /* no PCID either: cpuid.c */
		vm.l1_caps.proc2 &= ~((uint64_t)PROC2_INVPCID << 32);
	if (knob_is(vm.knobs.vmcs, "evmcs"))
		evmcs_limit_caps(&vm.l1_caps);
	vm.l1_caps.cr4_fixed1 &= cpuid_cr4_allowed(&vm);
	vmcs_index_make(&vm.vmcs_index, &vm.l1_caps);
}

static bool init_ept01(struct free_memory *own)
{
	const struct ept_caps caps = {vm.features.maxphyaddr, vm.features.exec_only,
				      vm.features.gib_pages, vm.features.ept_ad};
	uint64_t above = vm.ram.hpa + vm.ram.below;

	if (ept_pool_init(&vm.pool, own->start, POOL01 / PAGE) ||
	    ept01_init(&vm.ept01, &vm.pool, &caps))
		return false;
	own->start += POOL01;
	return !ept01_map(&vm.ept01, 0, vm.ram.hpa, vm.ram.below, EPT_RWX, EPT_WB) &&
	       (!vm.ram.above ||
		!ept01_map(&vm.ept01, RAM_HOLE_END, above, vm.ram.above, EPT_RWX, EPT_WB));
}

static void init_platform(struct vcpu *v)
{
	const struct platform_config config = {
		.tsc_khz = (uint32_t)vm.knobs.tsc_khz,
		.bus_khz = (uint32_t)vm.knobs.tsc_khz / CRYSTAL_RATIO,
		.memory_below_4g = vm.ram.below,
		.memory_above_4g = vm.ram.above,
		.vcpus = vm.vcpus,
		.physical_width = vm.features.maxphyaddr,
		.x2apic = knob_is(vm.knobs.apic, "x2apic"),
	};

	platform_init(&vm.platform, &config);
	lapic_init(&v->lapic, &vm.platform, v->id);
	acpi_build(ram_ptr(&vm.ram, LOAD_ACPI, ACPI_SIZE_MAX), LOAD_ACPI, &config);
}

static bool init_vcpu(struct vcpu *v, const struct entry_state *entry, struct free_memory *own)
{
	uint32_t revision = (uint32_t)rdmsr(MSR_VMX_BASIC) & 0x7fffffff;
	uint32_t all = (uint32_t)(vm.knobs.pool * MIB / PAGE);
	/* Without EPT the pool is for shadow tables. */
	uint32_t pages = v->paging.on ? EPT02_MIN_PAGES : all;

	for (unsigned i = 0; i < 3; i++) {
		memcpy(cpu_pages[i], &revision, sizeof(revision));
		v->vmcs[i] = (uintptr_t)cpu_pages[i]; /* [0] is the VMXON region */
	}
	v->msr_bitmap01 = (uintptr_t)cpu_pages[3];
	msr_bitmap_init(v, cpu_pages[3]);
	msr_init(v);
	charge_init(&v->charge, &v->counters, vm.knobs.charge);
	if (!vmxon(v->vmcs[0]) || !vmclear(v->vmcs[1]) || !vmclear(v->vmcs[2]))
		return false;
	/* L1's TSC starts at 0, so that nothing it sees depends on how it was loaded. */
	v->clock_offset = -rdtsc();
	if (!nested_init(v, (uint64_t *)(void *)cpu_pages[4], own->start, pages))
		return false;
	if (v->paging.on && !shadow_paging_init(v, own->start + pages * PAGE, all - pages))
		return false;
	vcpu_switch(v, 1);
	vmcs01_init(v, entry);
	v->hyperv.offered = knob_is(vm.knobs.vmcs, "evmcs");
	if (knob_is(vm.knobs.vmcs, "shadow"))
		nested_shadow_init(v, cpu_pages[5]);
	return true;
}

_Noreturn static void run(struct vcpu *v)
{
	uint64_t now = rdtsc();

	counters_clear(&v->counters);
	v->now = now + v->clock_offset;
	if (v->paging.on)
		shadow_paging_enter(v);
	vmx_enter(&v->regs); /* the preemption timer is 0 still: the first exit sets what is to be
				set */
}

void boot_main(uint32_t magic, uint32_t mbi)
{
	struct free_memory own;
	struct entry_state entry = {0};
	struct vcpu *v = &vcpu0;

	console_init();
	if (!boot_parse(&boot, magic, mbi) || !knobs_parse(&vm.knobs, boot.cmdline))
		give_up("bad start parameters; the console says which");
	channel_boot(&vm.knobs);
	if (!features_check(&vm.features))
		give_up("the processor lacks what L0 needs; the console says what");
	host_init();
	irq_init();
	boot_map_memory(1ull << vm.features.maxphyaddr);
	if (knob_is(vm.knobs.vmcs, "shadow") && !vm.features.vmcs_shadowing)
		give_up("this processor has no VMCS shadowing: use vmcs=trap or vmcs=evmcs");
	if (knob_is(vm.knobs.profile, "yes") && !knob_is(vm.knobs.charge, "none"))
		give_up("profile=yes and a cost model exclude each other: use charge=none");
	if (!divide_memory(&own))
		give_up("not enough memory");
	vm.vcpu[0] = v;
	vm.vcpus = 1;
	v->vm = &vm;
	v->timer_shift = vm.features.timer_shift;
	v->paging.on = knob_is(vm.knobs.mmu, "shadow-on-shadow");
	if (profile_bytes()) {
		profile_init(own.start, v->paging.on);
		own.start += profile_bytes();
	}
	cpuid_init(&vm);
	init_caps();
	if (!init_ept01(&own))
		give_up("no memory for EPT01");
	init_platform(v);
	if (!load_l1(&vm.ram, boot.module, boot.modules, &entry))
		give_up("L1 could not be loaded; the console says why");
	if (!init_vcpu(v, &entry, &own))
		give_up("VMX could not be started");
	run(v);
}
