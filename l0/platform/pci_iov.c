// SPDX-License-Identifier: Apache-2.0
/*
 * SR-IOV: PCI Express base specification 4.0, 9.3.3. The virtual functions are on the bus from the
 * beginning, absent; VF Enable makes the first NumVFs of them present, and one that goes is reset,
 * so that each comes as at power-on. Their memory is one range in the physical function's space:
 *
 *     VF BARn ─▶ | VF 1 | VF 2 | ...      each the BAR's size, or the system page's if that is more
 *
 * The physical function's lock is held here, and it has not gone inside the bus (pci_config.c sends
 * no messages for these registers): a virtual function's lock is taken within it, and whoever has
 * that one may wait for the bus.
 */
#include "lib/string.h"
#include "platform/pci_internal.h"
#include "platform/pci_regs.h"

#define VERSION       1
#define SIZES         0x553u /* 4 KiB, 8, 64, 256, 1 MiB, 4: those that there must be */
#define SMALLEST_BITS 12     /* log2 of the first of them */

#define CONTROL_WRITABLE (PCI_IOV_ENABLE | PCI_IOV_MEMORY)

static bool is_wide(enum pci_bar_kind kind)
{
	return kind == PCI_BAR_64 || kind == PCI_BAR_64_PREFETCHABLE;
}

static uint32_t field(const struct pci_function *f, unsigned reg, unsigned size)
{
	return pci_get(f, f->iov->capability + reg, size);
}

void pci_add_iov(struct pci_function *f, struct pci_iov *iov, const struct pci_iov_plan *plan)
{
	unsigned at = pci_add_extended(f, PCI_ID_IOV, VERSION, PCI_IOV_END);

	*iov = (struct pci_iov){.capability = (uint16_t)at, .total = plan->total};
	f->iov = iov;
	pci_set_writable(f, at + PCI_IOV_CONTROL, 2, CONTROL_WRITABLE);
	pci_set(f, at + PCI_IOV_INITIAL, 2, plan->total);
	pci_set(f, at + PCI_IOV_TOTAL, 2, plan->total);
	pci_set_writable(f, at + PCI_IOV_NUMBER, 2, 0xffff);
	pci_set(f, at + PCI_IOV_NUMBER + 2, 1, f->id & 7); /* depends on nobody */
	pci_set(f, at + PCI_IOV_FIRST, 2, plan->first);
	pci_set(f, at + PCI_IOV_STRIDE, 2, plan->stride);
	pci_set(f, at + PCI_IOV_DEVICE, 2, plan->device);
	pci_set(f, at + PCI_IOV_PAGES, 4, SIZES);
	pci_set(f, at + PCI_IOV_PAGE, 4, 1);
	pci_set_writable(f, at + PCI_IOV_PAGE, 4, SIZES);
}

void pci_add_iov_bar(struct pci_function *f, unsigned number, enum pci_bar_kind kind, uint32_t size)
{
	struct pci_bar *bar = &f->iov->bar[number];

	bar->kind = kind;
	bar->size = size;
	pci_describe_bar(f, f->iov->capability + PCI_IOV_BAR + 4 * number, kind, size);
}

/* Bytes from one function's to the next one's. */
static uint32_t step(const struct pci_function *f, const struct pci_bar *bar)
{
	uint32_t page = field(f, PCI_IOV_PAGE, 4) << SMALLEST_BITS;

	return bar->size < page ? page : bar->size;
}

bool pci_iov_assign(struct pci *pci, struct pci_function *f)
{
	for (unsigned n = 0; f->iov && n < PCI_BARS; n++) {
		const struct pci_bar *bar = &f->iov->bar[n];
		uint32_t at;

		if (bar->kind == PCI_BAR_NONE)
			continue;
		at = pci_take_window(pci, bar->kind, f->iov->total * step(f, bar));
		if (!at)
			return false;
		f->config[(f->iov->capability + PCI_IOV_BAR) / 4 + n] |= at;
	}
	return true;
}

/* Where a BAR of VF @vf answers. */
static uint64_t base_of(const struct pci_function *f, unsigned vf, unsigned n)
{
	const struct pci_bar *bar = &f->iov->bar[n];
	unsigned reg = f->iov->capability + PCI_IOV_BAR + 4 * n;

	if (vf >= f->iov->enabled || !(field(f, PCI_IOV_CONTROL, 2) & PCI_IOV_MEMORY))
		return PCI_BAR_OFF;
	return pci_bar_register(f, reg, bar->kind) + (uint64_t)vf * step(f, bar);
}

static void update_one(struct pci_function *f, unsigned vf)
{
	struct pci_iov *iov = f->iov;

	if (!iov->vf[vf])
		return;
	for (unsigned n = 0; n < PCI_BARS; n++)
		if (iov->bar[n].kind != PCI_BAR_NONE)
			pci_place_bar(iov->vf[vf], n, base_of(f, vf, n));
	pci_set_absent(iov->vf[vf], vf >= iov->enabled);
}

/* A physical function in D3hot has its virtual ones with it: they answer nothing, and are reset. */
void pci_iov_update(struct pci_function *f)
{
	struct pci_iov *iov = f->iov;
	uint32_t wanted;

	if (!iov)
		return;
	wanted = pci_powered(f) && (field(f, PCI_IOV_CONTROL, 2) & PCI_IOV_ENABLE)
			 ? field(f, PCI_IOV_NUMBER, 2)
			 : 0;
	iov->enabled = wanted < iov->total ? (uint8_t)wanted : iov->total;
	for (unsigned vf = 0; vf < iov->total; vf++)
		update_one(f, vf);
}

bool pci_iov_holds(const struct pci_function *f, unsigned word)
{
	return f->iov && word - f->iov->capability < PCI_IOV_END;
}

/* One size at a time, of those that there are; BARs are no smaller than it. */
static void page_written(struct pci_function *f, uint32_t *word, uint32_t old)
{
	const struct pci_iov *iov = f->iov;

	if (!*word || (*word & (*word - 1)))
		*word = old;
	for (unsigned n = 0; n < PCI_BARS; n++) {
		unsigned reg = iov->capability + PCI_IOV_BAR + 4 * n;
		uint32_t bits = ~(step(f, &iov->bar[n]) - 1);

		if (iov->bar[n].kind == PCI_BAR_NONE)
			continue;
		pci_set_writable(f, reg, 4, bits);
		f->config[reg / 4] &= bits | 0xf;
		n += is_wide(iov->bar[n].kind);
	}
}

/* While they are there, neither their number nor the size of a page changes (9.3.3.7, 9.3.3.13). */
void pci_iov_written(struct pci_function *f, unsigned word, uint32_t old)
{
	uint32_t *now = &f->config[word / 4];
	unsigned reg = word - f->iov->capability;
	bool enabled = field(f, PCI_IOV_CONTROL, 2) & PCI_IOV_ENABLE;

	if (enabled && (reg == PCI_IOV_NUMBER || reg == PCI_IOV_PAGE))
		*now = old;
	else if (reg == PCI_IOV_PAGE)
		page_written(f, now, old);
	if (reg == PCI_IOV_CONTROL || reg >= PCI_IOV_BAR)
		pci_iov_update(f);
}

/*
 * 9.3.4.1: identity is the physical function's to tell; no pin, no ports, and of the command
 * register bus mastering alone. Of the device's control there is the reset (9.3.5.4).
 */
static void make_virtual(const struct pci_iov *iov, struct pci_function *vf)
{
	vf->config[PCI_REG_VENDOR / 4] = 0xffffffff;
	pci_set(vf, PCI_REG_PIN, 1, 0);
	vf->writable[PCI_REG_COMMAND / 4] = PCI_COMMAND_MASTER;
	vf->writable[PCI_REG_CACHE / 4] = 0;
	vf->writable[PCI_REG_LINE / 4] = 0;
	if (vf->express) {
		pci_set(vf, vf->express + PCI_EXPRESS_CONTROL, 2, 0);
		pci_set_writable(vf, vf->express + PCI_EXPRESS_CONTROL, 2, PCI_EXPRESS_FLR);
	}
	for (unsigned n = 0; n < PCI_BARS; n++) {
		vf->bar[n] = iov->bar[n];
		vf->bar[n].placed = true;
		vf->bar[n].base = PCI_BAR_OFF;
	}
	vf->absent = true;
}

static uint32_t virtual_id(const struct pci_function *pf, unsigned n)
{
	return pf->id + field(pf, PCI_IOV_FIRST, 2) + n * field(pf, PCI_IOV_STRIDE, 2);
}

bool pci_register_virtual(struct pci_function *pf, struct pci_function *vf)
{
	struct pci_iov *iov = pf->iov;
	unsigned n = 0;

	while (n < iov->total && iov->vf[n])
		n++;
	if (n == iov->total || vf->id != virtual_id(pf, n))
		return false;
	make_virtual(iov, vf);
	iov->vf[n] = vf;
	return pci_register(pf->platform, vf);
}
