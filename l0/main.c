// SPDX-License-Identifier: Apache-2.0
/* From the loader to the first instructions of the machines. */
#include "boot/boot.h"
#include "boot/paging.h"
#include "hw/apic.h"
#include "hw/cpu.h"
#include "hw/features.h"
#include "hw/host.h"
#include "hw/madt.h"
#include "hw/smp.h"
#include "lib/console.h"
#include "lib/print.h"
#include "lib/sealed.h"
#include "lib/string.h"
#include "measure/channel.h"
#include "memory/frames.h"
#include "selftest.h"
#include "start/machine.h"

void boot_main(uint32_t magic, uint32_t mbi);

SEALED static struct boot_info boot;
SEALED static struct knobs knobs;
SEALED static struct features features;
SEALED static struct frames frames;
SEALED static struct cpu *cpus[CPUS_MAX];

_Noreturn static void give_up(const char *detail)
{
	channel_stop(&(struct channel_end){.why = "error", .status = 1, .detail = detail});
	machine_off();
}

static void check_start(uint32_t magic, uint32_t mbi)
{
	if (!boot_parse(&boot, magic, mbi) || !knobs_parse(&knobs, boot.cmdline))
		give_up("bad start parameters; the console says which");
	channel_boot(&knobs);
	if (!features_check(&features))
		give_up("the processor lacks what L0 needs; the console says what");
	if (knob_is(knobs.vmcs, "shadow") && !features.vmcs_shadowing)
		give_up("this processor has no VMCS shadowing: use vmcs=trap or vmcs=evmcs");
	if (knob_is(knobs.profile, "yes") && !knob_is(knobs.charge, "none"))
		give_up("profile=yes and a cost model exclude each other: use charge=none");
	if (knob_is(knobs.profile, "yes") && knobs.vcpus > 1)
		give_up("profile=yes steps one CPU: use vcpus=1");
	if (knob_is(knobs.mmu, "shadow-on-shadow") && knobs.vcpus > 1)
		give_up("a second vCPU starts in real mode, which mmu=shadow-on-shadow lacks: use "
			"vcpus=1");
}

static void find_memory(void)
{
	for (unsigned i = 0; i < boot.ranges; i++)
		frames_add(&frames, boot.ram[i].hpa, boot.ram[i].size);
	frames_bound(&frames, boot_first_free(&boot), 1ull << features.maxphyaddr);
}

static void make_cpu(unsigned number, uint32_t id)
{
	struct cpu *c = (struct cpu *)frames_take(&frames, sizeof(*c));

	if (!c)
		give_up("not enough memory for the processors");
	memset(c, 0, sizeof(*c));
	cpu_init(c, number, id);
	cpus[number] = c;
}

/* The boot processor is the first; of the others as many as have a role. */
static void find_cpus(void)
{
	uint32_t ids[CPUS_MAX];
	unsigned found = madt_processors(ids, CPUS_MAX), count = 1;

	cpus[0]->apic_id = apic_id();
	for (unsigned i = 0; i < found && count < knobs.vcpus; i++)
		if (ids[i] != cpus[0]->apic_id)
			make_cpu(count++, ids[i]);
	if (count == knobs.vcpus)
		return;
	say("this machine has %u processors: vcpus=%lu is more than that", found ? found : 1,
	    knobs.vcpus);
	give_up("not enough processors");
}

static void start_others(void)
{
	for (unsigned i = 1; i < CPUS_MAX && cpus[i]; i++)
		if (!smp_start(cpus[i])) {
			say("processor %u (local APIC %u) does not start", i, cpus[i]->apic_id);
			give_up("a processor does not start");
		}
}

static void make_machines(void)
{
	const struct machine_plan plan = {
		.knobs = &knobs,
		.features = &features,
		.boot = &boot,
		.cpu = cpus,
		.frames = &frames,
	};
	struct vm *vm;

	selftest(knobs.selftest);
	find_cpus();
	vm = machine_make(&plan);
	if (!vm)
		give_up("a machine could not be made; the console says why");
	paging_seal();
	selftest_sealed(knobs.selftest, cpus);
	machine_switch_on(vm);
	start_others();
	cpus[0]->work(cpus[0]);
}

void boot_main(uint32_t magic, uint32_t mbi)
{
	console_init();
	check_start(magic, mbi);
	find_memory();
	host_make_idt();
	paging_init(1ull << features.maxphyaddr);
	make_cpu(0, 0);
	host_init(cpus[0]);
	irq_init();
	apic_init(true);
	cpu_on_own_stack(cpus[0], make_machines);
}
