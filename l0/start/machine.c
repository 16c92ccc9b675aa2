// SPDX-License-Identifier: Apache-2.0
#include "boot/boot.h"
#include "boot/paging.h"
#include "evmcs.h"
#include "hw/cpu.h"
#include "lib/asm.h"
#include "lib/print.h"
#include "load/load.h"
#include "measure/frame.h"
#include "platform/acpi.h"
#include "sidecore/poller.h"
#include "start/devices.h"
#include "start/machine.h"
#include "start/partition.h"
#include "vcpu/iommu.h"
#include "vcpu/vcpu.h"

#define MIB    (UINT64_C(1) << 20)
#define SHARED (SHARED_PAGES * UINT64_C(4096))
#define POOL01 (4 * MIB) /* EPT01: a page for each GiB with 2 MiB leaves, and to spare */

static bool no_room(const struct vm *vm, const char *what, uint64_t mib)
{
	say("machine %u: no room for %lu MiB of %s (knobs memory, pool, vcpus)", vm->number, mib,
	    what);
	return false;
}

static bool take_ram(struct vm *vm, struct frames *frames)
{
	struct ram *ram = &vm->ram;

	ram_init(ram, vm->knobs.memory * MIB);
	ram->hpa_below = frames_take_guest(frames, ram->below);
	ram->hpa_above = ram->above ? frames_take_guest(frames, ram->above) : 0;
	if (!ram->hpa_below || (ram->above && !ram->hpa_above))
		return no_room(vm, "RAM", vm->knobs.memory);
	return true;
}

static void init_caps(struct vm *vm)
{
	features_caps(&vm->features, &vm->hw_caps);
	vmx_caps_make(&vm->l1_caps, &vm->hw_caps);
	if (!knob_is(vm->knobs.mmu, "mdp"))
		vmx_caps_hide_ept(&vm->l1_caps);
	if (knob_is(vm->knobs.vpid, "off"))
		vmx_caps_hide_vpid(&vm->l1_caps);
	if (knob_is(vm->knobs.apicv, "off"))
		vmx_caps_hide_apicv(&vm->l1_caps);
	if (knob_is(vm->knobs.mmu, "shadow-on-shadow")) /* no PCID either: cpuid.c */
		vm->l1_caps.proc2 &= ~((uint64_t)PROC2_INVPCID << 32);
	if (knob_is(vm->knobs.vmcs, "evmcs"))
		evmcs_limit_caps(&vm->l1_caps);
	vm->l1_caps.cr4_fixed1 &= cpuid_cr4_allowed(vm);
	vmcs_index_make(&vm->vmcs_index, &vm->l1_caps);
}

/* Only a CPU that polls sends messages directly: without one there is nothing to be done. */
static bool is_direct(const struct knobs *k)
{
	return (knob_is(k->nic, "function") || knob_is(k->sidecore, "on")) &&
	       (knob_is(k->interrupts, "eli") || knob_is(k->interrupts, "eli-delivery"));
}

/* EPT01 direct of each vCPU, and what the IOMMU translates by: vcpu/direct.h. */
static bool init_direct(struct vm *vm, const struct ept_caps *caps)
{
	for (unsigned i = 0; i < vm->vcpus * DIRECT_TABLES; i++)
		if (ept01_init(direct_ept01(vm, i), &vm->pool, caps))
			return false;
	return !ept01_init(&vm->ept01_dma, &vm->pool, caps);
}

static bool init_ept01(struct vm *vm, struct frames *frames)
{
	const struct ept_caps caps = {vm->features.maxphyaddr, vm->features.exec_only,
				      vm->features.gib_pages, vm->features.ept_ad};
	const struct ram *ram = &vm->ram;
	uint64_t pool = frames_take(frames, POOL01);

	if (!pool || ept_pool_init(&vm->pool, pool, POOL01 / FRAMES_PAGE) ||
	    ept01_init(&vm->ept01, &vm->pool, &caps) ||
	    (is_direct(&vm->knobs) && !init_direct(vm, &caps)) ||
	    shared_map(vm, 0, ram->hpa_below, ram->below, EPT_RWX, EPT_WB) ||
	    (ram->above &&
	     shared_map(vm, RAM_HOLE_END, ram->hpa_above, ram->above, EPT_RWX, EPT_WB)))
		return no_room(vm, "EPT01", POOL01 / MIB);
	return true;
}

static bool take_shared(struct vm *vm, struct frames *frames)
{
	struct shared_pages *shared = &vm->shared;

	if (knob_is(vm->knobs.viommu, "off") && !knob_is(vm->knobs.nic, "function"))
		return true;
	shared->hpa = frames_take(frames, SHARED);
	shared->size = shared->hpa ? SHARED : 0;
	return shared->hpa || no_room(vm, "shared pages", 1);
}

static bool take_iommu(struct vm *vm, struct frames *frames)
{
	uint64_t pool;

	if (knob_is(vm->knobs.viommu, "off"))
		return true;
	pool = frames_take(frames, IOMMU_POOL);
	vm->iommu = frames_take_zeroed(frames, sizeof(*vm->iommu));
	if (!pool || !vm->iommu || !iommu_init(vm->iommu, vm, pool))
		return no_room(vm, "the IOMMU's tables", IOMMU_POOL / MIB);
	return true;
}

static void init_platform(struct vm *vm)
{
	const struct platform_config config = {
		.tsc_khz = (uint32_t)vm->knobs.tsc_khz,
		.bus_khz = (uint32_t)vm->knobs.tsc_khz / CRYSTAL_RATIO,
		.memory_below_4g = vm->ram.below,
		.memory_above_4g = vm->ram.above,
		.vcpus = vm->vcpus,
		.physical_width = vm->features.maxphyaddr,
		.x2apic = knob_is(vm->knobs.apic, "x2apic"),
		.posted = knob_is(vm->knobs.interrupts, "posted") ||
			  knob_is(vm->knobs.apicv, "on") || knob_is(vm->knobs.nic, "function") ||
			  is_direct(&vm->knobs),
		.iommu = !knob_is(vm->knobs.viommu, "off"),
	};

	platform_init(&vm->platform, &config);
	for (unsigned i = 0; i < vm->vcpus; i++)
		lapic_init(&vm->vcpu[i]->lapic, &vm->platform, i);
	acpi_build(ram_ptr(&vm->ram, LOAD_ACPI, ACPI_SIZE_MAX), LOAD_ACPI, &config);
}

static enum exit_kind exit_kind(const struct knobs *k)
{
	if (knob_is(k->mmu, "shadow-on-shadow"))
		return EXIT_KIND_SHADOWED;
	if (is_direct(k))
		return EXIT_KIND_DIRECT;
	return knob_is(k->interrupts, "posted") ? EXIT_KIND_POSTED : EXIT_KIND_PLAIN;
}

/* The memory of a vCPU: itself, its pool of tables, its profile. */
static bool take_vcpu(struct vm *vm, unsigned id, struct frames *frames)
{
	struct vcpu *v = frames_take_zeroed(frames, sizeof(*v));
	uint64_t pool = frames_take(frames, vm->knobs.pool * MIB);
	bool profiled = knob_is(vm->knobs.profile, "yes");

	if (!v || !pool)
		return no_room(vm, "page tables", vm->knobs.pool);
	vm->vcpu[id] = v;
	v->vm = vm;
	v->id = id;
	v->pool_hpa = pool;
	v->timer_shift = vm->features.timer_shift;
	v->paging.on = knob_is(vm->knobs.mmu, "shadow-on-shadow");
	v->exit_kind = exit_kind(&vm->knobs);
	paging_protect(v->guard, sizeof(v->guard), PAGING_NONE);
	if (profiled && !(v->profile_hpa = frames_take(frames, profile_memory())))
		return no_room(vm, "profile", profile_memory() / MIB);
	return true;
}

static bool take_vcpus(struct vm *vm, const struct machine_plan *plan)
{
	vm->vcpus = vm->running = (unsigned)vm->knobs.vcpus;
	for (unsigned i = 0; i < vm->vcpus; i++) {
		if (!take_vcpu(vm, i, plan->frames))
			return false;
		vm->vcpu[i]->cpu = plan->cpu[i];
		plan->cpu[i]->vcpu = vm->vcpu[i];
		plan->cpu[i]->role = CPU_VCPU;
		plan->cpu[i]->work = vcpu_run;
		posted_init(vm->vcpu[i]);
		direct_init(vm->vcpu[i]);
		if (vm->vcpu[i]->profile_hpa)
			profile_init(vm->vcpu[i], vm->vcpu[i]->profile_hpa);
	}
	return true;
}

/* The module that is the machine's disk; NULL: none. */
static const struct boot_module *disk_of(const struct machine_plan *plan)
{
	bool disk = plan->modules && !knob_is(plan->knobs->disk, "none");

	return disk ? &plan->module[plan->modules - 1] : NULL;
}

/* What the machine's first vCPU begins with; the others wait for its IPIs. */
static bool load(struct vm *vm, const struct machine_plan *plan)
{
	unsigned modules = disk_of(plan) ? plan->modules - 1 : plan->modules;

	if (load_l1(&vm->ram, plan->module, modules, &vm->entry))
		return true;
	say("machine %u: what is to run in it could not be loaded", vm->number);
	return false;
}

static const char *const marks[MACHINES] = {CHANNEL_GUEST_MARK, CHANNEL_NEIGHBOUR_MARK};

struct vm *machine_make(const struct machine_plan *plan)
{
	struct vm *vm = frames_take_zeroed(plan->frames, sizeof(*vm));

	if (!vm)
		return NULL;
	vm->number = plan->number;
	vm->console = &console[plan->number];
	vm->line.mark = marks[plan->number];
	vm->knobs = *plan->knobs;
	vm->features = *plan->features;
	if (!take_vcpus(vm, plan) || !take_ram(vm, plan->frames))
		return NULL;
	cpuid_init(vm);
	init_caps(vm);
	if (!init_ept01(vm, plan->frames))
		return NULL;
	init_platform(vm);
	if (!take_shared(vm, plan->frames) || !take_iommu(vm, plan->frames) ||
	    !devices_make(vm, disk_of(plan), plan->frames))
		return NULL;
	return load(vm, plan) ? vm : NULL;
}

static bool claim_vcpu(const struct vcpu *v, struct partition *p)
{
	uint64_t profile = v->profile_hpa ? profile_memory() : 0;

	return partition_add(p, PARTITION_L0, (uintptr_t)v, sizeof(*v)) &&
	       partition_add(p, PARTITION_L0, v->pool_hpa, v->vm->knobs.pool * MIB) &&
	       partition_add(p, PARTITION_L0, v->profile_hpa, profile);
}

static bool claim_iommu(const struct vm *vm, struct partition *p)
{
	const struct iommu *iommu = vm->iommu;

	return !iommu || (partition_add(p, PARTITION_L0, (uintptr_t)iommu, sizeof(*iommu)) &&
			  partition_add(p, PARTITION_L0, iommu->unit.pool.base, IOMMU_POOL));
}

bool machine_claim(const struct vm *vm, struct partition *p)
{
	for (unsigned i = 0; i < vm->vcpus; i++)
		if (!claim_vcpu(vm->vcpu[i], p))
			return false;
	return devices_claim(vm->devices, p) && claim_iommu(vm, p) &&
	       partition_add(p, PARTITION_L0, (uintptr_t)vm, sizeof(*vm)) &&
	       partition_add(p, PARTITION_L0, vm->pool.base, POOL01) &&
	       partition_add(p, vm->number, vm->shared.hpa, vm->shared.size) &&
	       partition_add(p, vm->number, vm->ram.hpa_below, vm->ram.below) &&
	       partition_add(p, vm->number, vm->ram.hpa_above, vm->ram.above);
}

/* The timers of the vCPUs that take interrupts without exits. */
static bool poll_alarms(struct vm *vm, struct poller *p)
{
	bool room = true;

	for (unsigned i = 0; i < vm->vcpus; i++) {
		const struct poller_source alarm = {alarm_poll, vm->vcpu[i], &vm->clock_offset, 0};

		alarm_init(vm->vcpu[i]);
		room = room && (!vm->vcpu[i]->alarm.served || poller_add(p, &alarm));
	}
	return room;
}

bool machine_poll(struct vm *vm, struct poller *p)
{
	const struct poller_source iommu = {iommu_poll, vm->iommu, &vm->clock_offset, 0};

	vm->sidecore = &p->spent;
	return poll_alarms(vm, p) && (!vm->iommu || !vm->iommu->page || poller_add(p, &iommu)) &&
	       devices_poll(vm, p);
}

void machine_switch_on(struct vm *vm)
{
	/* The machine's time starts at 0, so that nothing in it depends on how it was loaded. */
	vm->clock_offset = -rdtsc();
	for (unsigned i = 0; i < vm->vcpus; i++)
		vm->vcpu[i]->clock_offset = vm->clock_offset;
}
