// SPDX-License-Identifier: Apache-2.0
#include <stdarg.h>

#include "lib/asm.h"
#include "vcpu/vcpu.h"
#include "lib/console.h"
#include "lib/print.h"
#include "measure/channel.h"
#include "vcpu/vm.h"

/* The names in the stop line; the harness maps them to its exit statuses. */
static const char *const why_name[] = {
	[STOP_POWEROFF] = "poweroff",       [STOP_REBOOT] = "reboot",
	[STOP_DEBUG_EXIT] = "debug-exit",   [STOP_TRIPLE_FAULT] = "triple-fault",
	[STOP_UNSUPPORTED] = "unsupported", [STOP_ERROR] = "error",
};

static struct vm *formatting;
static size_t formatted;

static void put_detail(char c)
{
	if (formatted + 1 < sizeof(formatting->detail))
		formatting->detail[formatted++] = c;
	formatting->detail[formatted] = 0;
}

void vm_stop(struct vm *vm, enum stop_why why, uint32_t status, const char *format, ...)
{
	va_list args;

	if (vm->stopped)
		return;
	vm->stopped = true;
	for (unsigned i = 0; i < vm->vcpus; i++)
		vcpu_attend(vm->vcpu[i]);
	vm->why = why;
	vm->status = status;
	formatting = vm;
	formatted = 0;
	va_start(args, format);
	print_to(put_detail, format, args);
	va_end(args);
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

/* As long as there is one vCPU every message is from itself. */
void platform_kick(struct platform *p, unsigned vcpu)
{
	platform_attend(p, vcpu);
}

static void composed_tables(const struct vcpu *v, struct pool_use *out)
{
	const struct ept02_cache *cache = &v->nested.ept02;
	uint32_t used = EPT02_SLOTS; /* each slot's root stays its own */

	for (unsigned i = 0; i < EPT02_SLOTS; i++)
		used += cache->slot[i].pages.count;
	*out = (struct pool_use){
		.total = cache->pool.total,
		.free = cache->pool.free,
		.least_free = cache->pool.low,
		.lost = cache->pool.total - cache->pool.free - used,
	};
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

_Noreturn void vm_end(struct vm *vm)
{
	struct vcpu *v = vm->vcpu[0];
	struct pool_use pool;

	if (vm->why != STOP_POWEROFF && vm->why != STOP_DEBUG_EXIT)
		say("the VM stopped: %s %s", why_name[vm->why], vm->detail);
	composed_tables(v, &pool);
	add_shadow_tables(v, &pool);
	channel_stop(why_name[vm->why], vm->status, vm->detail, rdtsc() + v->clock_offset, &pool);
	machine_off();
}
