// SPDX-License-Identifier: Apache-2.0
/* What a virtio function shows in its configuration space: virtio 1.2, 4.1.2 and 4.1.4. */
#include "devices/virtio/virtio.h"
#include "devices/virtio/virtio_internal.h"

#define CAP_VENDOR 0x09
#define CAP_BYTES  16 /* of one, 4.1.4; two have a word more */
#define CAP_LENGTH 2
#define CAP_TYPE   3

enum { TYPE_COMMON = 1, TYPE_NOTIFY, TYPE_ISR, TYPE_CONFIG, TYPE_WINDOW };

static const uint8_t types[VIRTIO_PAGES] = {
	[VIRTIO_PAGE_COMMON] = TYPE_COMMON,
	[VIRTIO_PAGE_ISR] = TYPE_ISR,
	[VIRTIO_PAGE_CONFIG] = TYPE_CONFIG,
	[VIRTIO_PAGE_NOTIFY] = TYPE_NOTIFY,
};

static unsigned add_capability(struct virtio_pci *v, unsigned type, uint32_t offset, uint32_t size)
{
	bool more = type == TYPE_NOTIFY || type == TYPE_WINDOW;
	unsigned bytes = CAP_BYTES + (more ? 4 : 0);
	unsigned at = pci_add_capability(&v->function, CAP_VENDOR, bytes);

	pci_set(&v->function, at + CAP_LENGTH, 1, bytes);
	pci_set(&v->function, at + CAP_TYPE, 1, type);
	pci_set(&v->function, at + VIRTIO_CAP_BAR, 1, VIRTIO_BAR);
	pci_set(&v->function, at + VIRTIO_CAP_OFFSET, 4, offset);
	pci_set(&v->function, at + VIRTIO_CAP_SIZE, 4, size);
	return at;
}

/* The BAR for who cannot reach it, 4.1.4.9: BAR, place, size and data are the driver's to write. */
static void add_window(struct virtio_pci *v)
{
	struct pci_function *f = &v->function;
	unsigned at = add_capability(v, TYPE_WINDOW, 0, 0);

	pci_set_writable(f, at + VIRTIO_CAP_BAR, 1, 0xff);
	pci_set_writable(f, at + VIRTIO_CAP_OFFSET, 4, 0xffffffff);
	pci_set_writable(f, at + VIRTIO_CAP_SIZE, 4, 0xffffffff);
	pci_set_writable(f, at + VIRTIO_CAP_MORE, 4, 0xffffffff);
	v->window = (uint8_t)at;
}

static void add_capabilities(struct virtio_pci *v)
{
	for (unsigned page = 0; page < VIRTIO_PAGES; page++) {
		unsigned at = add_capability(v, types[page], page * VIRTIO_PAGE, VIRTIO_PAGE);

		if (types[page] == TYPE_NOTIFY)
			pci_set(&v->function, at + VIRTIO_CAP_MORE, 4, VIRTIO_NOTIFY_STRIDE);
	}
	add_window(v);
}

bool virtio_window(const struct virtio_pci *v, uint32_t *offset, unsigned *size)
{
	const struct pci_function *f = &v->function;
	uint32_t bytes = pci_get(f, v->window + VIRTIO_CAP_SIZE, 4);

	*offset = pci_get(f, v->window + VIRTIO_CAP_OFFSET, 4);
	*size = bytes;
	return pci_get(f, v->window + VIRTIO_CAP_BAR, 1) == VIRTIO_BAR &&
	       (bytes == 1 || bytes == 2 || bytes == 4) && *offset % bytes == 0;
}

#define VENDOR      0x1af4
#define DEVICE_BASE 0x1040 /* 4.1.2: of those without a legacy interface */
#define SUBDEVICE   0x1100
#define REVISION    1

static const uint64_t transport_features =
	VIRTIO_BIT(VIRTIO_F_INDIRECT_DESC) | VIRTIO_BIT(VIRTIO_F_EVENT_IDX) |
	VIRTIO_BIT(VIRTIO_F_VERSION_1) | VIRTIO_BIT(VIRTIO_F_ACCESS_PLATFORM) |
	VIRTIO_BIT(VIRTIO_F_RING_RESET);

static void function_init(struct virtio_pci *v, const struct virtio_pci_config *config)
{
	struct pci_function *f = &v->function;
	const struct pci_identity identity = {
		.vendor = VENDOR,
		.device = (uint16_t)(DEVICE_BASE + v->type->device),
		.subvendor = VENDOR,
		.subdevice = SUBDEVICE,
		.class_code = v->type->class_code,
		.revision = REVISION,
		.pin = 1,
	};

	pci_function_init(f, config->id, &identity, &virtio_pci_ops);
	if (!config->is_virtual)
		pci_add_bar(f, VIRTIO_BAR, config->bar ? config->bar : PCI_BAR_64, VIRTIO_BAR_SIZE);
	pci_add_msix(f, VIRTIO_BAR, v->queues + 1u, MSIX_TABLE, MSIX_PENDING);
	pci_add_express(f);
	add_capabilities(v);
}

/* Who is another CPU than the driver's is hardware to it: its barriers are the bus' (6.1). */
static void share_notify(struct virtio_pci *v, uint32_t *notify)
{
	v->notify = notify;
	v->offered |= VIRTIO_BIT(VIRTIO_F_ORDER_PLATFORM);
	v->function.polled = true;
	for (unsigned i = 0; i < VIRTIO_PAGE / sizeof(*notify); i++)
		notify[i] = VIRTIO_NO_KICK;
	pci_share_page(&v->function, VIRTIO_BAR, VIRTIO_NOTIFY_PAGE, notify);
}

void virtio_pci_init(struct virtio_pci *v, const struct virtio_type *type, unsigned queues,
		     const struct virtio_pci_config *config)
{
	uint16_t limit = config->queue_size ? config->queue_size : VIRTQUEUE_SIZE_MAX;

	v->type = type;
	v->queues = (uint8_t)queues;
	v->offered = (type->features | transport_features | config->with) & ~config->without;
	v->common.function = &v->function;
	v->config_vector = VIRTIO_NO_VECTOR;
	for (unsigned i = 0; i < queues; i++)
		virtqueue_reset(&v->queue[i], &v->common, limit);
	function_init(v, config);
	if (config->notify)
		share_notify(v, config->notify);
}
