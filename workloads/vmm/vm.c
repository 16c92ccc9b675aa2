// SPDX-License-Identifier: Apache-2.0
#include "vm.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "boot.h"

#define KVM_DEVICE    "/dev/kvm"
#define CPUID_ENTRIES 256
// Three pages that KVM on Intel wants for real mode, and one for its identity map: nobody's.
#define TSS_ADDRESS      0xfffbd000ul
#define IDENTITY_ADDRESS 0xfffbc000ull

#define CPUID_1_ECX_X2APIC     (1u << 21)
#define CPUID_1_ECX_DEADLINE   (1u << 24)
#define CPUID_1_ECX_HYPERVISOR (1u << 31)
#define CPUID_1_EDX_APIC       (1u << 9)
#define APIC_BASE_ENABLE       (1ull << 11)

static int failed(const char *what)
{
	fprintf(stderr, "vmm: %s: %s\n", what, strerror(errno));
	return STATUS_HOST;
}

// Small pages, always: what `ept-fault` measures is one page.
int ram_create(struct ram *ram, size_t size, bool populate)
{
	ram->size = size;
	ram->bytes = mmap(NULL, size, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (ram->bytes == MAP_FAILED)
		return failed("guest memory");
	// A kernel without transparent huge pages refuses, and needs not be told.
	madvise(ram->bytes, size, MADV_NOHUGEPAGE);
	// Not MAP_POPULATE, which would come before that word and could give huge pages.
	if (populate && madvise(ram->bytes, size, MADV_POPULATE_WRITE) < 0)
		return failed("all of guest memory at the start (--pages start)");
	return VM_GOES_ON;
}

void ram_destroy(struct ram *ram)
{
	if (ram->bytes != MAP_FAILED)
		munmap(ram->bytes, ram->size);
}

static int set_memory(struct vm *vm, struct ram ram)
{
	const struct kvm_userspace_memory_region slot = {
		.memory_size = ram.size,
		.userspace_addr = (uint64_t)ram.bytes,
	};

	if (ioctl(vm->fd, KVM_SET_USER_MEMORY_REGION, &slot) < 0)
		return failed("KVM_SET_USER_MEMORY_REGION");
	return VM_GOES_ON;
}

static int create_irqchip(struct vm *vm)
{
	struct kvm_pit_config pit = {0};

	if (ioctl(vm->fd, KVM_CREATE_IRQCHIP) < 0)
		return failed("KVM_CREATE_IRQCHIP");
	if (ioctl(vm->fd, KVM_CREATE_PIT2, &pit) < 0)
		return failed("KVM_CREATE_PIT2");
	return VM_GOES_ON;
}

// What KVM supports, with what it leaves to the VMM to say.
static void adjust(const struct vcpu *vcpu, struct kvm_cpuid_entry2 *entry, bool irqchip)
{
	if (entry->function == 0xb || entry->function == 0x1f)
		entry->edx = vcpu->number; // x2APIC ID
	if (entry->function != 1)
		return;
	entry->ebx = (entry->ebx & 0x00ffffff) | vcpu->number << 24; // APIC ID
	entry->ecx |= CPUID_1_ECX_HYPERVISOR;
	if (!irqchip) {
		entry->ecx &= ~(CPUID_1_ECX_X2APIC | CPUID_1_ECX_DEADLINE);
		entry->edx &= ~CPUID_1_EDX_APIC;
	} else if (ioctl(vcpu->vm->kvm, KVM_CHECK_EXTENSION, KVM_CAP_TSC_DEADLINE_TIMER) > 0) {
		entry->ecx |= CPUID_1_ECX_DEADLINE;
	}
}

static int set_cpuid(const struct vcpu *vcpu, bool irqchip)
{
	struct kvm_cpuid2 *all = calloc(1, sizeof(*all) + CPUID_ENTRIES * sizeof(all->entries[0]));
	int status = VM_GOES_ON;

	if (all == NULL)
		return failed("CPUID");
	all->nent = CPUID_ENTRIES;
	if (ioctl(vcpu->vm->kvm, KVM_GET_SUPPORTED_CPUID, all) < 0)
		status = failed("KVM_GET_SUPPORTED_CPUID");
	for (uint32_t i = 0; status == VM_GOES_ON && i < all->nent; i++)
		adjust(vcpu, &all->entries[i], irqchip);
	if (status == VM_GOES_ON && ioctl(vcpu->fd, KVM_SET_CPUID2, all) < 0)
		status = failed("KVM_SET_CPUID2");
	free(all);
	return status;
}

static int create_vcpu(struct vm *vm, unsigned int number, bool irqchip)
{
	struct vcpu *vcpu = &vm->vcpu[number];

	*vcpu = (struct vcpu){.vm = vm, .number = number, .run = MAP_FAILED};
	vcpu->fd = ioctl(vm->fd, KVM_CREATE_VCPU, (unsigned long)number);
	if (vcpu->fd < 0)
		return failed("KVM_CREATE_VCPU");
	vm->vcpus++;
	vcpu->run = mmap(NULL, vm->run_size, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu->fd, 0);
	if (vcpu->run == MAP_FAILED)
		return failed("the vCPU's page");
	return set_cpuid(vcpu, irqchip);
}

static int create_vcpus(struct vm *vm, const struct options *options)
{
	int size = ioctl(vm->kvm, KVM_GET_VCPU_MMAP_SIZE, 0), status = VM_GOES_ON;

	if (size < 0)
		return failed("KVM_GET_VCPU_MMAP_SIZE");
	vm->run_size = (size_t)size;
	for (unsigned int i = 0; status == VM_GOES_ON && i < options->vcpus; i++)
		status = create_vcpu(vm, i, options->irqchip);
	return status;
}

int vm_create(struct vm *vm, const struct options *options, struct ram ram)
{
	uint64_t identity = IDENTITY_ADDRESS;
	int status;

	*vm = (struct vm){
		.kvm = -1,
		.fd = -1,
		.start = PTHREAD_MUTEX_INITIALIZER,
		.devices = PTHREAD_MUTEX_INITIALIZER,
	};
	vm->kvm = open(KVM_DEVICE, O_RDWR | O_CLOEXEC);
	if (vm->kvm < 0)
		return failed(KVM_DEVICE);
	vm->fd = ioctl(vm->kvm, KVM_CREATE_VM, 0);
	if (vm->fd < 0)
		return failed("KVM_CREATE_VM");
	if (ioctl(vm->fd, KVM_SET_IDENTITY_MAP_ADDR, &identity) < 0 ||
	    ioctl(vm->fd, KVM_SET_TSS_ADDR, TSS_ADDRESS) < 0)
		return failed("KVM_SET_TSS_ADDR");
	status = set_memory(vm, ram);
	if (status == VM_GOES_ON && options->irqchip)
		status = create_irqchip(vm);
	return status == VM_GOES_ON ? create_vcpus(vm, options) : status;
}

int vm_start(struct vm *vm, const struct options *options, const struct payload *payload)
{
	struct kvm_sregs sregs;
	struct kvm_regs regs;
	int vcpu = vm->vcpu[0].fd;

	if (ioctl(vcpu, KVM_GET_SREGS, &sregs) < 0)
		return failed("KVM_GET_SREGS");
	boot_registers(payload, &regs, &sregs);
	// KVM makes CPUID's APIC bit follow this one, whatever it was given.
	if (!options->irqchip)
		sregs.apic_base &= ~APIC_BASE_ENABLE;
	if (ioctl(vcpu, KVM_SET_SREGS, &sregs) < 0)
		return failed("KVM_SET_SREGS");
	if (ioctl(vcpu, KVM_SET_REGS, &regs) < 0)
		return failed("KVM_SET_REGS");
	return VM_GOES_ON;
}

void vm_destroy(struct vm *vm)
{
	for (unsigned int i = 0; i < vm->vcpus; i++) {
		if (vm->vcpu[i].run != MAP_FAILED)
			munmap(vm->vcpu[i].run, vm->run_size);
		close(vm->vcpu[i].fd);
	}
	if (vm->fd >= 0)
		close(vm->fd);
	if (vm->kvm >= 0)
		close(vm->kvm);
}
