// SPDX-License-Identifier: Apache-2.0
/* What of a machine's devices the sidecore works: exits of its guest for a request are not needed.
 */
#include "sidecore/poller.h"
#include "start/devices.h"
#include "devices/machine/devices.h"

static bool add(struct vm *vm, struct poller *p, struct virtio_polling *polling,
		struct virtio_pci *device)
{
	const struct poller_source source = {virtio_polling_turn, polling, &vm->clock_offset, 0};

	*polling = (struct virtio_polling){
		.device = device,
		.rate = (uint32_t)vm->knobs.poll_rate,
		.window = vm->knobs.tsc_khz, /* a millisecond */
		.idle = vm->knobs.poll_idle,
	};
	virtio_polling_init(polling);
	return poller_add(p, &source);
}

static unsigned turn_of_uplink(void *of, uint64_t now, unsigned budget)
{
	(void)budget;
	return pci_poll(of, now);
}

/* With its frames come those who bring them: the machine's end of the wire. */
static bool add_nic(struct vm *vm, struct poller *p)
{
	struct devices *d = vm->devices;
	const struct poller_source uplink = {turn_of_uplink, &d->net.uplink_function,
					     &vm->clock_offset, 0};

	d->net.uplink_function.polled = true;
	return poller_add(p, &uplink) && add(vm, p, &d->nic_polling, &d->net.virtio.pci);
}

bool devices_poll(struct vm *vm, struct poller *p)
{
	struct devices *d = vm->devices;
	bool nic = d && knob_is(vm->knobs.nic, "virtio");
	bool disk = d && d->disk.pci.function.platform;

	return (!nic || add_nic(vm, p)) && (!disk || add(vm, p, &d->disk_polling, &d->disk.pci));
}
