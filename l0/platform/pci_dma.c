// SPDX-License-Identifier: Apache-2.0
/* Memory of the guest, for the functions. */
#include <stddef.h>

#include "lib/string.h"
#include "platform/pci_internal.h"
#include "platform/platform_host.h"

void *pci_dma(struct pci_function *f, uint64_t address, uint32_t *size, bool write)
{
	if (!pci_masters(f))
		return NULL;
	pci_go_inside(f);
	return platform_dma(f->platform, pci_requester(f), address, size, write);
}

uint64_t pci_dma_epoch(struct pci_function *f)
{
	if (!pci_masters(f))
		return 0;
	pci_go_inside(f);
	/* Another bus number is another requester. */
	return platform_dma_epoch(f->platform) << 16 | pci_requester(f);
}

bool pci_dma_read(struct pci_function *f, uint64_t address, void *to, uint32_t size)
{
	uint8_t *bytes = to;

	for (uint32_t at = 0, piece; at < size; at += piece) {
		const void *from;

		piece = size - at;
		from = pci_dma(f, address + at, &piece, false);
		if (!from)
			return false;
		memcpy(bytes + at, from, piece);
	}
	return true;
}

bool pci_dma_write(struct pci_function *f, uint64_t address, const void *from, uint32_t size)
{
	const uint8_t *bytes = from;

	for (uint32_t at = 0, piece; at < size; at += piece) {
		void *to;

		piece = size - at;
		to = pci_dma(f, address + at, &piece, true);
		if (!to)
			return false;
		memcpy(to, bytes + at, piece);
	}
	return true;
}
