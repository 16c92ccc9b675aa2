/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Virtio over PCI (virtio 1.2, 4.1), without the legacy interface: one BAR of 32 KiB with a page
 * for each structure, MSI-X or INTx, and the life of a device from reset to DRIVER_OK. A device is
 * a type (struct virtio_type) with a few callbacks on top of it.
 *
 *     BAR page   0 common configuration (virtio_common.def)      3 notify: 4 bytes for each queue
 *                1 ISR                                           4 MSI-X: table, pending bits
 *                2 the device's own configuration
 *
 * A kick is one write to the notify page, an exit. There are two ways to be without it:
 *
 *     the sidecore looks at the rings: virtio_poll() by pci_work(), and virtio_polled() says so
 *     the fabric looks at the page, which is RAM (`notify` below): pci_poll(). A queue's word is
 *         left holding VIRTIO_NO_KICK, which no driver writes, so that each kick is seen; that the
 *         driver need not kick while the queue is worked on it is told as ever. At the page's end
 *         is the machine's clock when an interrupt last left (VIRTIO_SENT), of no use to a driver.
 */
#ifndef DEVICES_VIRTIO_VIRTIO_PCI_H
#define DEVICES_VIRTIO_VIRTIO_PCI_H

#include <stdbool.h>
#include <stdint.h>

#include "devices/virtio/virtqueue.h"
#include "platform/pci.h"

#define VIRTIO_QUEUES_MAX 9
#define VIRTIO_CONFIG_MAX 64
#define VIRTIO_NO_VECTOR  0xffff

#define VIRTIO_BAR           0
#define VIRTIO_BAR_SIZE      0x8000u
#define VIRTIO_PAGE          0x1000u
#define VIRTIO_NOTIFY_PAGE   0x3000u /* offset in the BAR */
#define VIRTIO_NOTIFY_STRIDE 4u
#define VIRTIO_NO_KICK       0xffffffffu
#define VIRTIO_SENT          0xff8u /* in the page, where it is RAM: devices_sent() after a kick */

/* Ticks between two calls for one device that has more to do than a call may. */
#define VIRTIO_BREATH 2000

struct virtio_pci;

/* What a device answers itself, each under the function's lock; all but kick may be NULL. */
struct virtio_ops {
	/* Queue @queue may have new buffers; the driver is ready. It is v->function.now. */
	void (*kick)(struct virtio_pci *v, unsigned queue);
	/* Time has come to what due() said, or somebody woke the function. */
	void (*run)(struct virtio_pci *v);
	/* When run() is wanted; CLOCK_NEVER. Asked after each of the other callbacks. */
	uint64_t (*due)(const struct virtio_pci *v);
	/* DRIVER_OK: features and queues stand. */
	void (*ready)(struct virtio_pci *v);
	/* Queue @queue is gone, what was taken from it must not be put back. */
	void (*queue_reset)(struct virtio_pci *v, unsigned queue);
	/* Everything as before a driver; queue_reset() was not called for the queues. */
	void (*reset)(struct virtio_pci *v);
	/* The driver wrote [offset, offset + size) of the device's configuration. */
	void (*config_written)(struct virtio_pci *v, unsigned offset, unsigned size,
			       uint32_t value);
};

/* A feature that cannot be without another one. */
struct virtio_need {
	uint8_t feature, needs;
};

struct virtio_type {
	uint16_t device;     /* VIRTIO_NET and its kin */
	uint32_t class_code; /* of PCI */
	uint64_t features;   /* the device's own */
	const struct virtio_need *needs;
	unsigned needs_count;
	unsigned config_bytes;
	const struct virtio_ops *ops;
};

/* Where and how one function stands on the bus. All zero but `id`: a device like any other. */
struct virtio_pci_config {
	uint16_t id;           /* device and function: platform/pci.h */
	enum pci_bar_kind bar; /* PCI_BAR_32 or _64, the latter if it is 0 */
	uint16_t queue_size;   /* the largest that a driver may choose; VIRTQUEUE_SIZE_MAX if 0 */
	uint64_t without;      /* features that are not offered, VIRTIO_BIT() of each */
	uint64_t with;         /* of the bus, that are */
	bool is_virtual;       /* for pci_register_virtual() */
	uint32_t *notify; /* the page is this RAM, and pci_poll() looks at it; NULL: it exits */
};

struct virtio_pci {
	struct pci_function function; /* first: a function is its device */
	const struct virtio_type *type;
	uint64_t offered, accepted;
	uint32_t device_select, driver_select; /* which 32 features the registers show */
	uint16_t queue_select;
	uint16_t config_vector;
	uint8_t status, isr, generation;
	uint8_t window; /* offset of the capability through which the BAR can be reached */
	uint8_t queues;
	uint32_t kicks;   /* by exits, ever */
	uint32_t again;   /* queues that have more to do */
	uint32_t *notify; /* a word for each queue; NULL: a kick is a call */
	struct virtqueue_common common;
	struct virtqueue queue[VIRTIO_QUEUES_MAX];
	struct virtqueue_chain chain; /* the one that is worked on */
	uint8_t config[VIRTIO_CONFIG_MAX];
};

/*
 * Makes *v, all zero, a function of @type with @queues queues, ready for pci_register(). The
 * device's configuration is v->config: of the device to fill in.
 */
void virtio_pci_init(struct virtio_pci *v, const struct virtio_type *type, unsigned queues,
		     const struct virtio_pci_config *config);

/* ---- for devices, in their callbacks ---- */

bool virtio_has(const struct virtio_pci *v, unsigned feature);

/* DRIVER_OK, and nothing is broken. */
bool virtio_ready(const struct virtio_pci *v);

/*
 * Gives each chain of the queue to @one, which puts it back or keeps it: at most @budget of them,
 * the rest a little later by itself. Then the driver sees what was put back.
 */
typedef void virtio_one(struct virtio_pci *v, unsigned queue, struct virtqueue_chain *chain);
void virtio_drain(struct virtio_pci *v, unsigned queue, unsigned budget, virtio_one *one);

/* Shows the driver what was put back, with an interrupt if it wants one. */
void virtio_done(struct virtio_pci *v, unsigned queue);

/* The device's configuration has changed: generation and interrupt. */
void virtio_config_changed(struct virtio_pci *v);

/* ---- for who polls; under the function's lock, as by pci_work() ---- */

/* Works all queues that have something, and what is due. */
void virtio_poll(struct pci_function *f, uint64_t now);

/* Kicks, and chains that went back to the driver, since power-on; from any CPU. */
static inline uint32_t virtio_kicks(const struct virtio_pci *v)
{
	return __atomic_load_n(&v->kicks, __ATOMIC_RELAXED);
}

static inline uint32_t virtio_answered(const struct virtio_pci *v)
{
	return __atomic_load_n(&v->common.answered, __ATOMIC_RELAXED);
}

/* Somebody polls, or nobody does any longer: the driver is told not to kick, or to. */
void virtio_polled(struct virtio_pci *v, bool polled);

#endif
