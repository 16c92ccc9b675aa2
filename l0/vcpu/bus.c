// SPDX-License-Identifier: Apache-2.0
/*
 * Where the functions of a machine's PCI bus reach: its RAM and its vCPUs, and nothing else; what
 * its virtio console says is a guest's line on the data channel.
 */
#include "devices/machine/devices.h"
#include "devices/devices_host.h"
#include "measure/channel.h"
#include "vcpu/vm.h"

void *platform_dma(struct platform *p, uint16_t source, uint64_t address, uint32_t *size,
		   bool write)
{
	(void)source;
	(void)write;
	return ram_piece(&((struct vm *)p)->ram, address, size);
}

void platform_message(struct platform *p, uint16_t source, uint64_t address, uint32_t data)
{
	(void)source;
	platform_msi(p, address, data);
}

void devices_console_put(struct virtio_console *from, uint8_t c)
{
	struct vm *vm = (struct vm *)from->pci.function.platform;

	channel_guest_put(vm->devices->line, c);
}
