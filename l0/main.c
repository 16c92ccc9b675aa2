// SPDX-License-Identifier: Apache-2.0
/* From the loader to the first instructions of the machines. */
#include "boot/boot.h"
#include "boot/paging.h"
#include "hw/apic.h"
#include "hw/cpu.h"
#include "hw/features.h"
#include "hw/host.h"
#include "hw/ioapic.h"
#include "hw/madt.h"
#include "hw/smp.h"
#include "lib/console.h"
#include "lib/print.h"
#include "lib/sealed.h"
#include "lib/string.h"
#include "measure/channel.h"
#include "measure/panic.h"
#include "memory/frames.h"
#include "selftest.h"
#include "sidecore/poller.h"
#include "sidecore/sidecore.h"
#include "start/devices.h"
#include "start/devices_knobs.h"
#include "start/machine.h"
#include "start/partition.h"
#include "vcpu/vcpu.h"

void boot_main(uint32_t magic, uint32_t mbi);

SEALED static struct boot_info boot;
SEALED static struct settings settings;
SEALED static struct features features;
SEALED static struct frames frames;
SEALED static struct cpu *cpus[CPUS_MAX];

static unsigned machines(void)
{
	return settings.neighbour ? 2 : 1;
}

static uint64_t neighbours_vcpus(void)
{
	return settings.neighbour ? settings.machine[1].vcpus : 0;
}

static bool wants_sidecore(const struct knobs *k)
{
	return knob_is(k->sidecore, "on");
}

static bool wants_fabric(const struct knobs *k)
{
	return knob_is(k->nic, "function");
}

/* The roles of CPUs that poll: one CPU for all machines, if any of them wants it. */
static const struct polling {
	bool (*wanted)(const struct knobs *k);
	void (*init)(struct cpu *c, struct poller *p, const struct knobs *k);
	bool (*add)(struct vm *vm, struct poller *p); /* what of a machine it looks at */
} polling[] = {
	{wants_sidecore, sidecore_init, machine_poll},
	{wants_fabric, fabric_init, fabric_poll},
};

#define POLLING (sizeof(polling) / sizeof(polling[0]))

static bool is_wanted(const struct polling *row)
{
	for (unsigned i = 0; i < machines(); i++)
		if (row->wanted(&settings.machine[i]))
			return true;
	return false;
}

static unsigned pollers(void)
{
	unsigned count = 0;

	for (unsigned i = 0; i < POLLING; i++)
		count += is_wanted(&polling[i]);
	return count;
}

_Noreturn static void give_up(const char *detail)
{
	channel_stop(&(struct channel_end){.why = "error", .status = 1, .detail = detail});
	machine_off();
}

/* What no machine can have, whichever it is. */
static void check_knobs(const struct knobs *k)
{
	const char *why = knobs_refuse(k);

	if (why)
		give_up(why);
	if (knob_is(k->vmcs, "shadow") && !features.vmcs_shadowing)
		give_up("this processor has no VMCS shadowing: use vmcs=trap or vmcs=evmcs");
	if (knob_is(k->interrupts, "posted") && !features.posted_interrupts)
		give_up("this processor has no posted interrupts: use interrupts=exits");
	if (knob_is(k->apicv, "on") && !features.posted_interrupts)
		give_up("this processor has no posted interrupts: use apicv=off");
}

static void check_neighbour(const struct knobs *k)
{
	if (knob_is(k->profile, "yes") || !knob_is(k->selftest, "none"))
		give_up("profile and selftest are not for the neighbour: leave them out");
	if (settings.neighbour < boot.modules)
		return;
	say("neighbour=%lu: the loader gave %u modules in all, and the machine under test needs "
	    "one",
	    settings.neighbour, boot.modules);
	give_up("too few modules for two machines");
}

static void check_start(uint32_t magic, uint32_t mbi)
{
	if (!boot_parse(&boot, magic, mbi) || !knobs_parse(&settings, boot.cmdline))
		give_up("bad start parameters; the console says which");
	channel_boot(&settings);
	if (!features_check(&features))
		give_up("the processor lacks what L0 needs; the console says what");
	for (unsigned i = 0; i < machines(); i++)
		check_knobs(&settings.machine[i]);
	if (settings.neighbour)
		check_neighbour(&settings.machine[1]);
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

/*
 * The boot processor is the first vCPU of the machine under test; its others follow, and then the
 * neighbour's. A processor without a role is not started.
 */
static void find_cpus(void)
{
	uint64_t vcpus = settings.machine[0].vcpus, beside = neighbours_vcpus(), wanted;
	uint32_t ids[CPUS_MAX];
	unsigned found = madt_processors(ids, CPUS_MAX), count = 1;

	wanted = vcpus + beside + pollers();
	cpus[0]->apic_id = apic_id();
	for (unsigned i = 0; i < found && count < wanted; i++)
		if (ids[i] != cpus[0]->apic_id)
			make_cpu(count++, ids[i]);
	if (count == wanted)
		return;
	say("this machine has %u processors: vcpus=%lu, %lu of a neighbour and %u that poll are "
	    "more than that",
	    found ? found : 1, vcpus, beside, pollers());
	give_up("not enough processors");
}

/* How it waits, the knobs of the machine under test say. */
static void make_poller(const struct polling *row, struct cpu *c, struct vm *const vm[])
{
	struct poller *p = (struct poller *)frames_take(&frames, sizeof(*p));

	if (!p)
		give_up("not enough memory for a processor that polls");
	row->init(c, p, &settings.machine[0]);
	for (unsigned i = 0; i < machines(); i++)
		if (row->wanted(&settings.machine[i]) && !row->add(vm[i], p))
			give_up("more devices than a processor that polls has places for");
}

/* Behind all vCPUs. */
static struct cpu **first_poller(void)
{
	return &cpus[settings.machine[0].vcpus + neighbours_vcpus()];
}

static void make_pollers(struct vm *const vm[])
{
	struct cpu **c = first_poller();

	for (unsigned i = 0; i < POLLING; i++)
		if (is_wanted(&polling[i]))
			make_poller(&polling[i], *c++, vm);
}

static void start_cpu(struct cpu *c)
{
	if (c == cpus[0] || smp_start(c))
		return;
	say("processor %u (local APIC %u) does not start", c->number, c->apic_id);
	give_up("a processor does not start");
}

/* Its time begins, and all of its CPUs but the boot processor go to work. */
static void start_machine(struct vm *vm)
{
	machine_switch_on(vm);
	for (unsigned i = 0; i < vm->vcpus; i++)
		start_cpu(vm->vcpu[i]->cpu);
}

/* The neighbour's modules and CPUs come after those of the machine under test. */
static struct vm *make_machine(unsigned number)
{
	unsigned mine = boot.modules - (unsigned)settings.neighbour;
	const struct machine_plan plan = {
		.number = number,
		.knobs = &settings.machine[number],
		.features = &features,
		.module = boot.module + (number ? mine : 0),
		.modules = number ? (unsigned)settings.neighbour : mine,
		.cpu = cpus + (number ? settings.machine[0].vcpus : 0),
		.frames = &frames,
	};
	struct vm *vm = machine_make(&plan);

	if (!vm)
		give_up("a machine could not be made; the console says why");
	return vm;
}

/* What interrupts=eli has beside EPT01. */
static void check_direct(const struct partition *p, const struct vm *vm)
{
	bool good = !vm->ept01_dma.root || partition_holds(p, vm->number, vm->ept01_dma.root);

	for (unsigned i = 0; i < vm->vcpus; i++) {
		const struct direct *d = &vm->vcpu[i]->direct;

		for (unsigned n = 0; n < DIRECT_TABLES; n++)
			good &= !d->way || partition_holds(p, vm->number, d->table[n].ept01.root);
	}
	if (!good)
		panic("machine %u reaches memory that is not its own", vm->number);
}

/* No page of one is in any table of another, nor L0's in any: what follows builds on it. */
static void check_partition(struct vm *const vm[])
{
	struct partition p = {0};
	bool fits = partition_add(&p, PARTITION_L0, 0, boot_first_free(&boot));

	for (unsigned i = 0; i < CPUS_MAX && cpus[i]; i++)
		fits &= partition_add(&p, PARTITION_L0, (uintptr_t)cpus[i], sizeof(*cpus[i]));
	for (unsigned i = 0; i < machines(); i++)
		fits &= machine_claim(vm[i], &p);
	if (!fits || !partition_disjoint(&p))
		panic("memory is given twice, or in more than %u ranges", PARTITION_RANGES);
	for (unsigned i = 0; i < machines(); i++)
		if (!partition_holds(&p, i, vm[i]->ept01.root))
			panic("machine %u reaches memory that is not its own", i);
	for (unsigned i = 0; i < machines(); i++)
		check_direct(&p, vm[i]);
}

/* Its console's interrupts are its first CPU's, so that no other machine has an exit for them. */
static void route_console(unsigned number, uint32_t apic_id)
{
	struct console *c = &console[number];

	c->vector = APIC_CONSOLE_VECTOR;
	if (c->present && !ioapic_route(c->irq, c->vector, apic_id))
		give_up("no I/O APIC brings the neighbour's console to its processor");
}

static void make_machines(void)
{
	struct vm *vm[MACHINES] = {NULL};

	selftest(settings.machine[0].selftest);
	find_cpus();
	for (unsigned i = 0; i < machines(); i++)
		vm[i] = make_machine(i);
	make_pollers(vm);
	check_partition(vm);
	if (settings.neighbour)
		route_console(1, cpus[settings.machine[0].vcpus]->apic_id);
	paging_seal();
	selftest_sealed(settings.machine[0].selftest, cpus);
	for (unsigned i = 0; i < pollers(); i++)
		start_cpu(first_poller()[i]);
	/* The machine under test comes last: its time knows nothing of the other's start. */
	for (unsigned i = machines(); i--;)
		start_machine(vm[i]);
	devices_plug(vm[0], vm[1]);
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
