// SPDX-License-Identifier: Apache-2.0
#include "sample.h"

#include "machine.h"

#define VENDOR_SPECIFIC 0x0b /* an extended capability */

uint64_t sample_identity(const struct pci_function *f, unsigned bar, uint32_t offset)
{
	return (uint64_t)(offset ^ 0xa5a5) << 32 | (uint32_t)f->id << 8 | bar;
}

static bool is_register(const struct pci_access *a)
{
	return a->bar == 0 && a->offset < SAMPLE_REGS && a->offset % 4 == 0 && a->size == 4;
}

static uint64_t sample_read(struct pci_function *f, const struct pci_access *a)
{
	struct sample *s = (struct sample *)f;

	s->last = *a;
	s->accesses++;
	return is_register(a) ? s->reg[a->offset / 4] : sample_identity(f, a->bar, a->offset);
}

/* What lies at SAMPLE_ADDRESS, inverted, behind it. */
static bool copy(struct sample *s, uint32_t size)
{
	uint64_t address = s->reg[SAMPLE_ADDRESS / 4];
	uint8_t bytes[0x2000];

	if (size > sizeof(bytes) || !pci_dma_read(&s->f, address, bytes, size))
		return false;
	for (uint32_t i = 0; i < size; i++)
		bytes[i] = (uint8_t)~bytes[i];
	return pci_dma_write(&s->f, address + size, bytes, size);
}

static void sample_write(struct pci_function *f, const struct pci_access *a, uint64_t value)
{
	struct sample *s = (struct sample *)f;

	s->last = *a;
	s->accesses++;
	s->written = value;
	if (!is_register(a))
		return;
	s->reg[a->offset / 4] = (uint32_t)value;
	if (a->offset == SAMPLE_PIN)
		pci_intx(f, value & 1);
	else if (a->offset == SAMPLE_MESSAGE)
		pci_message(f, (unsigned)value);
	else if (a->offset == SAMPLE_TIMER)
		pci_set_due(f, a->now + value);
	else if (a->offset == SAMPLE_COPY)
		s->reg[SAMPLE_COPY / 4] = copy(s, (uint32_t)value);
}

static void sample_run(struct pci_function *f, uint64_t now)
{
	struct sample *s = (struct sample *)f;

	s->runs++;
	s->ran = now;
	if (pci_message_mode(f))
		pci_message(f, 0);
	else
		pci_intx(f, true);
}

static void sample_reset(struct pci_function *f)
{
	struct sample *s = (struct sample *)f;

	memset(s->reg, 0, sizeof(s->reg));
	s->resets++;
}

static void sample_config(struct pci_function *f, unsigned reg, unsigned size)
{
	ensure(reg / 4 < PCI_CONFIG_WORDS && size >= 1 && reg % 4 + size <= 4);
	((struct sample *)f)->config_writes++;
}

const struct pci_ops sample_ops = {
	.read = sample_read,
	.write = sample_write,
	.config_written = sample_config,
	.run = sample_run,
	.reset = sample_reset,
};

void sample_describe(struct sample *s, uint16_t id)
{
	static const struct pci_identity identity = {
		.vendor = 0x1af4,
		.device = SAMPLE_DEVICE,
		.subvendor = 0x1af4,
		.subdevice = 0x1100,
		.class_code = 0xff0000,
		.revision = 1,
		.pin = 1,
	};
	struct pci_function *f = &s->f;

	memset(s, 0, sizeof(*s));
	pci_function_init(f, id, &identity, &sample_ops);
	pci_add_bar(f, 0, PCI_BAR_32, SAMPLE_SIZE);
	pci_add_bar(f, 1, PCI_BAR_IO, SAMPLE_IO_SIZE);
	pci_add_bar(f, 2, PCI_BAR_64, SAMPLE_WIDE_SIZE);
	pci_add_bar(f, 4, PCI_BAR_64_PREFETCHABLE, SAMPLE_MEMORY_SIZE);
	pci_add_power(f);
	pci_add_msi(f);
	pci_add_msix(f, 0, SAMPLE_VECTORS, SAMPLE_TABLE, SAMPLE_PENDING);
	pci_add_express(f);
	pci_add_extended(f, VENDOR_SPECIFIC, 1, 16);
	pci_add_extended(f, VENDOR_SPECIFIC, 1, 8);
}

void sample_add(struct sample *s, struct platform *p, uint16_t id)
{
	sample_describe(s, id);
	ensure(pci_register(p, &s->f));
}
