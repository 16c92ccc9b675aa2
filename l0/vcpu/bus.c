// SPDX-License-Identifier: Apache-2.0
/* Where the functions of a machine's PCI bus reach: its RAM and its vCPUs, and nothing else. */
#include "platform/msi.h"
#include "vcpu/vm.h"

void *platform_dma(struct platform *p, uint16_t source, uint64_t address, uint32_t *size,
		   bool write)
{
	(void)source;
	(void)write;
	return ram_piece(&((struct vm *)p)->ram, address, size);
}

bool platform_remap(struct platform *p, uint16_t source, uint64_t address, uint32_t data,
		    struct lapic_message *m)
{
	(void)p;
	(void)source;
	return msi_decode(address, data, m);
}
