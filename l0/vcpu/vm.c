// SPDX-License-Identifier: Apache-2.0
#include <stdarg.h>

#include "devices/machine/devices.h"
#include "hw/apic.h"
#include "hw/cpu.h"
#include "lib/asm.h"
#include "vcpu/vcpu.h"
#include "lib/console.h"
#include "lib/print.h"
#include "measure/channel.h"
#include "vcpu/iommu.h"
#include "vcpu/notify.h"
#include "vcpu/vm.h"

/* The names in the stop line; the harness maps them to its exit statuses. */
static const char *const why_name[] = {
	[STOP_POWEROFF] = "poweroff",       [STOP_REBOOT] = "reboot",
	[STOP_DEBUG_EXIT] = "debug-exit",   [STOP_TRIPLE_FAULT] = "triple-fault",
	[STOP_UNSUPPORTED] = "unsupported", [STOP_ERROR] = "error",
	[STOP_HALTED] = "halted",
};

void vm_kick(struct vcpu *v)
{
	if (v->cpu == cpu_this())
		vcpu_attend(v);
	else
		cpu_kick(v->cpu);
}

void vm_stop(struct vm *vm, enum stop_why why, uint32_t status, const char *format, ...)
{
	va_list args;

	if (__atomic_exchange_n(&vm->stopping, true, __ATOMIC_ACQ_REL))
		return;
	vm->why = why;
	vm->status = status;
	va_start(args, format);
	format_list(vm->detail, sizeof(vm->detail), format, args);
	va_end(args);
	__atomic_store_n(&vm->stopped, true, __ATOMIC_RELEASE);
	for (unsigned i = 0; i < vm->vcpus; i++)
		vm_kick(vm->vcpu[i]);
}

void platform_stop(struct platform *p, enum stop_why why, uint32_t status)
{
	vm_stop((struct vm *)p, why, status, "%s", "");
}

void platform_attend(struct platform *p, unsigned vcpu)
{
	struct vm *vm = (struct vm *)p;

	if (vm->vcpu[vcpu])
		vcpu_attend(vm->vcpu[vcpu]);
}

void platform_kick(struct platform *p, unsigned vcpu)
{
	struct vm *vm = (struct vm *)p;

	if (vm->vcpu[vcpu])
		vm_kick(vm->vcpu[vcpu]);
}

/* The fabric notes when an interrupt of a function's leaves for the processor (devices_sent()). */
bool platform_post(struct platform *p, unsigned vcpu, uint8_t vector)
{
	struct vm *vm = (struct vm *)p;
	struct vcpu *v = vm->vcpu[vcpu];

	if (v->cpu == cpu_this())
		return false;
	if (cpu_this()->role == CPU_FABRIC)
		vm->sent = rdtsc() + vm->clock_offset;
	if (notify_send(v, vector))
		return true;
	if (v->direct.way) {
		direct_send(v, vector);
		return true;
	}
	if (v->exit_kind != EXIT_KIND_POSTED)
		return false;
	if (posting_post(&v->posted.posting, vector))
		apic_send(v->cpu->apic_id, APIC_POSTED_VECTOR);
	return true;
}

void platform_console_put(struct platform *p, uint8_t c)
{
	const char text[1] = {(char)c};

	console_write(((struct vm *)p)->console, text, 1);
}

void platform_channel_put(struct platform *p, uint8_t c)
{
	channel_guest_put(&((struct vm *)p)->line, c);
}

/* Not in the hole below 4 GiB, where whoever looks for a device may come. */
static bool is_far(const struct ram *ram, uint64_t gpa)
{
	return (gpa >= ram->below && gpa < RAM_HOLE_START) || gpa >= RAM_HOLE_END + ram->above;
}

/* Once per machine: a guest that is lost in memory that it does not have says nothing itself. */
void platform_nobody(struct platform *p, uint64_t gpa)
{
	struct vm *vm = (struct vm *)p;
	bool fetch = vmcs_read(VMCS_EXIT_REASON) == EXIT_EPT_VIOLATION &&
		     (vmcs_read(VMCS_EXIT_QUALIFICATION) & EPT_X);

	if ((!fetch && !is_far(&vm->ram, gpa)) ||
	    __atomic_exchange_n(&vm->told_nowhere, true, __ATOMIC_RELAXED))
		return;
	say("machine %u: L%u %s %lx, where there is no RAM and no device, rip %lx", vm->number,
	    cpu_this()->vcpu->level, fetch ? "executes at" : "accesses", gpa,
	    vmcs_read(VMCS_GUEST_RIP));
}

static void add_composed_tables(const struct vcpu *v, struct pool_use *use)
{
	const struct ept02_cache *cache = &v->nested.ept02;
	uint32_t used = EPT02_SLOTS; /* each slot's root stays its own */

	for (unsigned i = 0; i < EPT02_SLOTS; i++)
		used += cache->slot[i].pages.count;
	use->total += cache->pool.total;
	use->free += cache->pool.free;
	use->least_free += cache->pool.low;
	use->lost += cache->pool.total - cache->pool.free - used;
}

static void add_shadow_tables(struct vcpu *v, struct pool_use *use)
{
	for (unsigned level = 1; v->paging.on && level <= 2; level++) {
		struct spt *spt = &v->paging.level[level].spt;

		use->total += spt->pool.total;
		use->free += spt->pool.free;
		use->least_free += spt->pool.low;
		use->lost += spt->pool.total - spt->pool.free - spt_pages_used(spt);
	}
}

/* All that it wrote to its console comes before the line that ends it. */
static void report(struct vm *vm)
{
	struct pool_use pool = {0};
	const struct channel_end end = {
		.machine = vm->number,
		.why = why_name[vm->why],
		.detail = vm->detail,
		.status = vm->status,
		.elapsed = rdtsc() + vm->clock_offset,
		.pool = &pool,
	};

	if (vm->why != STOP_POWEROFF && vm->why != STOP_DEBUG_EXIT)
		say_on(vm->console, "the VM stopped: %s %s", why_name[vm->why], vm->detail);
	for (unsigned i = 0; i < vm->vcpus; i++) {
		add_composed_tables(vm->vcpu[i], &pool);
		add_shadow_tables(vm->vcpu[i], &pool);
	}
	console_drain(vm->console);
	channel_guest_finish(&vm->line);
	if (vm->devices)
		devices_report(vm->devices);
	if (vm->iommu)
		iommu_report(vm->iommu);
	for (unsigned i = 0; i < vm->vcpus; i++)
		if (vm->vcpu[i]->direct.way)
			delay_tell(vm->vcpu[i]);
	channel_stop(&end);
}

/* Of CPUs that are no machine's: with the end of the run. */
static void report_polling(void)
{
	static const char *const role[] = {[CPU_SIDECORE] = "sidecore", [CPU_FABRIC] = "fabric"};

	for (const struct cpu *c = cpu_after(NULL); c; c = cpu_after(c))
		if (c->spent)
			channel_polling(role[c->role], c->spent);
}

_Noreturn void vm_leave(struct vcpu *v)
{
	struct vm *vm = v->vm;

	if (!__atomic_sub_fetch(&vm->running, 1, __ATOMIC_ACQ_REL)) {
		if (!vm->number)
			report_polling();
		report(vm);
		if (!vm->number)
			machine_off();
	}
	cpu_park(v->cpu);
}
