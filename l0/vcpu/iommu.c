// SPDX-License-Identifier: Apache-2.0
#include "vcpu/iommu.h"
#include "lib/asm.h"
#include "lib/string.h"
#include "measure/channel.h"
#include "platform/iommu.h"
#include "vcpu/vm.h"
#include "viommu_host.h"

#define PAGE UINT64_C(4096)

#define DOMAIN_BITS     8
#define FAULT_REGISTERS 8
#define MOST_PAGES      18 /* log2: one invalidation covers up to 1 GiB */

/* Descriptors between two chances for others to have the lock, and in one exit: a whole queue. */
#define RUN_PIECE 64u
#define RUN_MOST  32768u

static struct viommu_config offered(const struct vm *vm)
{
	const struct knobs *k = &vm->knobs;

	return (struct viommu_config){
		.agaw_39 = true,
		.agaw_48 = true,
		.page_2m = true,
		.page_1g = true,
		.pass_through = true,
		.caching_mode = knob_is(k->caching_mode, "on"),
		.queued = true,
		.remapping = true,
		.eim = vm->platform.config.x2apic,
		.posting = knob_is(k->apicv, "on"),
		.snoop = true,
		.mgaw = 48,
		.haw = vm->features.maxphyaddr,
		.domain_bits = DOMAIN_BITS,
		.max_am = MOST_PAGES,
		.fault_registers = FAULT_REGISTERS,
		.run_limit = RUN_PIECE,
		.eager_pages = (uint32_t)k->eager_pages,
		.teardown_entries = (uint32_t)k->teardown_entries,
		.teardown_ticks = k->teardown_ticks,
	};
}

/* The page is there from the first instruction on; nothing has run that could have seen it absent.
 */
static bool map_page(struct iommu *iommu)
{
	struct vm *vm = iommu->vm;

	iommu->page = shared_take(vm);
	if (!iommu->page)
		return false;
	viommu_page_init(&iommu->unit, iommu->page);
	return !shared_map(vm, IOMMU_BASE, (uintptr_t)iommu->page, PAGE, EPT_R | EPT_W, EPT_UC);
}

static const struct ept01 *ept01_of_devices(const struct vm *vm)
{
	return vm->ept01_dma.root ? &vm->ept01_dma : &vm->ept01;
}

bool iommu_init(struct iommu *iommu, struct vm *vm, uint64_t pool)
{
	const struct viommu_config config = offered(vm);

	memset(iommu, 0, sizeof(*iommu));
	iommu->vm = vm;
	if (viommu_init(&iommu->unit, &config, ept01_of_devices(vm), pool, IOMMU_POOL / PAGE))
		return false;
	return !knob_is(vm->knobs.viommu, "sidecore") || map_page(iommu);
}

/* ---- its driver ---- */

/* L0 itself emulates an access to the page, as it may have to for an L1 without EPT. */
static uint64_t page_read(const struct iommu *iommu, unsigned offset, unsigned size)
{
	uint64_t value = 0;

	memcpy(&value, (const uint8_t *)iommu->page + offset, size);
	return value;
}

uint64_t platform_iommu_read(struct platform *p, unsigned offset, unsigned size)
{
	struct iommu *iommu = ((struct vm *)p)->iommu;
	uint64_t value;

	if (iommu->page)
		return page_read(iommu, offset, size);
	lock_take(&iommu->lock);
	value = viommu_read(&iommu->unit, offset, size);
	lock_give(&iommu->lock);
	return value;
}

/*
 * What a write has started, to its end. A queue that another vCPU fills as fast as it is emptied is
 * left for the next access: the driver looks whether it is done.
 */
static void run(struct iommu *iommu)
{
	for (uint32_t done = 0; done < RUN_MOST; done += RUN_PIECE) {
		lock_take(&iommu->lock);
		viommu_run(&iommu->unit, RUN_PIECE);
		lock_give(&iommu->lock);
		if (!viommu_pending(&iommu->unit))
			return;
	}
}

void platform_iommu_write(struct platform *p, unsigned offset, unsigned size, uint64_t value)
{
	struct iommu *iommu = ((struct vm *)p)->iommu;
	bool more;

	if (iommu->page) {
		memcpy((uint8_t *)iommu->page + offset, &value, size);
		return;
	}
	lock_take(&iommu->lock);
	viommu_write(&iommu->unit, offset, size, value);
	more = viommu_pending(&iommu->unit);
	lock_give(&iommu->lock);
	if (more)
		run(iommu);
}

unsigned iommu_poll(void *of, uint64_t now, unsigned budget)
{
	struct iommu *iommu = of;
	bool worked;

	(void)now;
	if (!viommu_page_changed(&iommu->unit, iommu->page) && !viommu_pending(&iommu->unit))
		return 0;
	lock_take(&iommu->lock);
	worked = viommu_page_poll(&iommu->unit, iommu->page, budget);
	lock_give(&iommu->lock);
	return worked;
}

void iommu_report(const struct iommu *iommu)
{
	const struct viommu_stats *s = &iommu->unit.stats;
	const struct channel_number numbers[] = {
		{"translated", polling_read(&s->translated)},
		{"mapped", polling_read(&s->mapped)},
		{"mapped_most", polling_read(&s->mapped_most)},
		{"dropped", polling_read(&s->dropped)},
		{"descriptors", polling_read(&s->descriptors)},
		{"waits", polling_read(&s->waits)},
		{"faults", polling_read(&s->recorded)},
		{"evicted", polling_read(&s->evicted)},
		{"reused", polling_read(&s->reused)},
		{"stale", polling_read(&s->stale)},
	};

	channel_iommu(iommu->vm->number, numbers, sizeof(numbers) / sizeof(numbers[0]));
}

/* ---- what the unit asks for ---- */

void viommu_host_msi(struct viommu *u, uint64_t address, uint32_t data)
{
	platform_msi(&((struct iommu *)u)->vm->platform, address, data);
}

uint64_t viommu_host_now(struct viommu *u)
{
	return rdtsc() + ((struct iommu *)u)->vm->clock_offset;
}
