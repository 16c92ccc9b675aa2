// SPDX-License-Identifier: Apache-2.0
#include "start/devices.h"

#include "boot/boot.h"
#include "lib/print.h"
#include "start/devices_knobs.h"
#include "start/devices_net.h"
#include "start/partition.h"

/* The same numbers in each run, and others in the other machine. */
#define SEED 0x7465737475646f00ull

void *devices_take(struct devices *d, struct frames *frames, uint64_t bytes)
{
	void *memory = d->memories < DEVICES_MEMORY_MAX ? frames_take_zeroed(frames, bytes) : NULL;

	if (memory)
		d->memory[d->memories++] = (struct devices_memory){(uintptr_t)memory, bytes};
	return memory;
}

static bool make_disk(struct vm *vm, const struct boot_module *module, struct frames *frames)
{
	struct devices *d = vm->devices;
	const struct virtio_blk_config config = {
		.pci.id = DEVICES_ID(DEVICES_DISK),
		.disk = (uint8_t *)(uintptr_t)module->hpa,
		.bytes = module->size,
		.dirty = devices_take(d, frames, VIRTIO_BLK_BITMAP(module->size)),
		.latency = vm->knobs.disk_latency,
		.serial = "testudo",
	};

	virtio_blk_init(&d->disk, &config);
	d->disk_returns = knob_is(vm->knobs.disk, "returned");
	return config.dirty && pci_register(&vm->platform, &d->disk.pci.function);
}

static bool make_rng(struct vm *vm)
{
	const struct virtio_rng_config config = {
		.pci.id = DEVICES_ID(DEVICES_RNG),
		.seed = SEED + vm->number,
	};

	virtio_rng_init(&vm->devices->rng, &config);
	return pci_register(&vm->platform, &vm->devices->rng.pci.function);
}

/* A line of its own, so that what the guest writes to port E9H does not mix with it. */
static bool make_console(struct vm *vm, struct frames *frames)
{
	const struct virtio_console_config config = {.pci.id = DEVICES_ID(DEVICES_CONSOLE)};
	struct devices *d = vm->devices;

	d->line = devices_take(d, frames, sizeof(*d->line));
	if (!d->line)
		return false;
	d->line->mark = vm->line.mark;
	virtio_console_init(&d->console, &config);
	return pci_register(&vm->platform, &d->console.pci.function);
}

static bool make_all(struct vm *vm, const struct boot_module *disk, struct frames *frames)
{
	const struct knobs *k = &vm->knobs;

	return (knob_is(k->nic, "none") || devices_make_net(vm, frames)) &&
	       (!disk || make_disk(vm, disk, frames)) && (knob_is(k->rng, "off") || make_rng(vm)) &&
	       (knob_is(k->hvc, "off") || make_console(vm, frames));
}

bool devices_make(struct vm *vm, const struct boot_module *disk, struct frames *frames)
{
	if (!devices_wanted(&vm->knobs))
		return true;
	vm->devices = frames_take_zeroed(frames, sizeof(*vm->devices));
	if (vm->devices) {
		vm->devices->machine = vm->number;
		if (make_all(vm, disk, frames))
			return true;
	}
	say("machine %u: no room for its devices, their queues and the disk's bitmap", vm->number);
	return false;
}

bool devices_claim(const struct devices *d, struct partition *p)
{
	if (!d)
		return true;
	for (unsigned i = 0; i < d->memories; i++)
		if (!partition_add(p, PARTITION_L0, d->memory[i].hpa, d->memory[i].bytes))
			return false;
	return partition_add(p, PARTITION_L0, (uintptr_t)d, sizeof(*d));
}
