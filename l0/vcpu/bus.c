// SPDX-License-Identifier: Apache-2.0
/*
 * Where the functions of a machine's PCI bus reach: its RAM and its vCPUs, and nothing else; what
 * its virtio console says is a guest's line on the data channel.
 */
#include "devices/devices_host.h"
#include "devices/machine/devices.h"
#include "measure/channel.h"
#include "platform/msi.h"
#include "vcpu/iommu.h"
#include "vcpu/shared.h"
#include "vcpu/vm.h"

static struct iommu *iommu_of(struct platform *p)
{
	return ((struct vm *)p)->iommu;
}

/* Something has been taken out of EPT01 since a device was last inside. */
static __attribute__((noinline)) void ept01_changed(struct iommu *iommu)
{
	iommu->ept01_seen = shared_changes(iommu->vm);
	viommu_l1_changed(&iommu->unit);
}

void platform_bus_enter(struct platform *p)
{
	struct iommu *iommu = iommu_of(p);

	if (!iommu)
		return;
	lock_take(&iommu->lock);
	if (__builtin_expect(iommu->ept01_seen != shared_changes(iommu->vm), false))
		ept01_changed(iommu);
}

void platform_bus_leave(struct platform *p)
{
	if (iommu_of(p))
		lock_give(&iommu_of(p)->lock);
}

void platform_place_page(struct platform *p, void *page, uint64_t gpa)
{
	shared_place((struct vm *)p, page, gpa);
}

static void *translate(struct iommu *iommu, uint16_t source, uint64_t address, uint32_t *size,
		       bool write)
{
	uint64_t hpa, there;

	if (viommu_translate(&iommu->unit, source, address, write, &hpa, &there) != VIOMMU_OK)
		return NULL;
	if (there < *size)
		*size = (uint32_t)there;
	return (void *)hpa;
}

void *platform_dma(struct platform *p, uint16_t source, uint64_t address, uint32_t *size,
		   bool write)
{
	if (iommu_of(p))
		return translate(iommu_of(p), source, address, size, write);
	return ram_piece(&((struct vm *)p)->ram, address, size);
}

/* Without an IOMMU, RAM is where it is. */
uint64_t platform_dma_epoch(struct platform *p)
{
	return iommu_of(p) ? iommu_of(p)->unit.epoch : 1;
}

static bool remap(struct iommu *iommu, uint16_t source, uint64_t address, uint32_t data,
		  struct lapic_message *m)
{
	struct viommu_interrupt to;

	if (viommu_remap_msi(&iommu->unit, source, address, data, &to) != VIOMMU_OK)
		return false;
	*m = (struct lapic_message){
		.destination = to.destination,
		.logical = to.logical,
		.x2apic = to.wide,
		.level = to.level,
		.delivery = to.delivery,
		.vector = to.vector,
	};
	if (to.logical && to.hint && to.delivery == LAPIC_FIXED)
		m->delivery = LAPIC_LOWEST;
	return true;
}

bool platform_remap(struct platform *p, uint16_t source, uint64_t address, uint32_t data,
		    struct lapic_message *m)
{
	if (iommu_of(p))
		return remap(iommu_of(p), source, address, data, m);
	return msi_decode(address, data, m);
}

uint64_t devices_now(const struct pci_function *f)
{
	return rdtsc() + ((const struct vm *)f->platform)->clock_offset;
}

uint64_t devices_sent(const struct pci_function *f)
{
	return ((const struct vm *)f->platform)->sent;
}

const void *devices_mapped(struct pci_function *f, uint64_t address)
{
	struct iommu *iommu = iommu_of(f->platform);
	uint32_t size = 1;
	uint64_t hpa;

	if (!iommu)
		return ram_piece(&((struct vm *)f->platform)->ram, address, &size);
	if (viommu_mapped(&iommu->unit, pci_requester(f), address, false, &hpa) != VIOMMU_OK)
		return NULL;
	return (const void *)hpa;
}

bool devices_own(struct pci_function *f, uint64_t address, const void *host)
{
	struct vm *vm = (struct vm *)f->platform;

	if (ram_holds(&vm->ram, (uintptr_t)host))
		return true;
	vm_stop(vm, STOP_ERROR, 0, "a DMA to %lx reached %lx, which is not the machine's", address,
		(uintptr_t)host);
	return false;
}

void devices_console_put(struct virtio_console *from, uint8_t c)
{
	struct vm *vm = (struct vm *)from->pci.function.platform;

	channel_guest_put(vm->devices->line, c);
}
