/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PCI: configuration space by mechanism #1 and by ECAM, base addresses, interrupts and DMA of the
 * functions on it. A new function is a description (pci_function_init() and its kin), a few
 * callbacks (struct pci_ops) and pci_register().
 *
 *     guest ── port, ECAM, BAR ──▶ pci.c: which function, under its lock ──▶ ops of the device
 *     device ── pci_dma(), pci_interrupt() ──▶ pci.c: may it? ──▶ platform_host.h (IOMMU, LAPICs)
 */
#ifndef PLATFORM_PCI_H
#define PLATFORM_PCI_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/lock.h"
#include "platform/platform_config.h"

#define PCI_FUNCTIONS_MAX 32
#define PCI_CONFIG_WORDS  1024 /* 4 KiB, of which mechanism #1 reaches the first 256 bytes */
#define PCI_BARS          6
#define PCI_VECTORS_MAX   32 /* of one function, by MSI-X */

/* Window for BARs; the DSDT names the same. ECAM lies behind it. */
#define PCI_WINDOW_BASE 0xc0000000u
#define PCI_WINDOW_END  0xdfffffffu
#define PCI_ECAM_BASE   0xe0000000u
#define PCI_ECAM_SIZE   0x00400000u /* buses 0 to 3: the DSDT's range */
#define PCI_ECAM_BUS    0x00100000u /* of each bus */
/* The same for BARs of I/O ports. */
#define PCI_IO_BASE 0xc000u
#define PCI_IO_END  0xcfffu

struct platform;
struct pci_function;
struct pci_port;

/* An access to a BAR, within it: 1, 2, 4 or 8 bytes at `offset`. */
struct pci_access {
	unsigned bar;
	uint32_t offset;
	uint8_t size;
	uint64_t now; /* the devices' clock */
};

/*
 * What a device answers itself; any may be NULL. All are called with the function's lock held and
 * the platform's not, from whichever CPU: they may call what is declared here "for devices", and
 * nothing of platform.h.
 */
struct pci_ops {
	uint64_t (*read)(struct pci_function *f, const struct pci_access *a);
	void (*write)(struct pci_function *f, const struct pci_access *a, uint64_t value);
	/* After a guest's write that may have changed bytes [reg, reg + size) of its space. */
	void (*config_written)(struct pci_function *f, unsigned reg, unsigned size);
	/*
	 * `due` has come, which is CLOCK_NEVER by then, or somebody woke the function: does what is
	 * to be done by `now` and says by pci_set_due() when next, a microsecond later at the
	 * earliest.
	 */
	void (*run)(struct pci_function *f, uint64_t now);
	/*
	 * Function-level reset, of its bus, or by power: the device's own registers to their
	 * initial state, no DMA. Configuration space has been put to its own before.
	 */
	void (*reset)(struct pci_function *f);
	/* For one that is polled: is there something for `run` to do? Without the lock. */
	bool (*rung)(const struct pci_function *f);
};

enum pci_bar_kind {
	PCI_BAR_NONE,
	PCI_BAR_IO,
	PCI_BAR_32,
	PCI_BAR_64, /* takes two */
	PCI_BAR_64_PREFETCHABLE,
};

struct pci_bar {
	enum pci_bar_kind kind;
	bool placed;   /* by pci_place_bar(): not in the function's own space */
	uint32_t size; /* a power of two */
	uint64_t base; /* where it answers, PCI_BAR_OFF while decoding is off */
};

#define PCI_BAR_OFF UINT64_MAX

/* One message of the MSI-X table, as the guest wrote it. */
struct pci_message {
	uint64_t address;
	uint32_t data;
	uint32_t control; /* bit 0: masked */
};

struct pci_msix {
	uint8_t capability; /* offset, 0: none */
	uint8_t bar;
	uint16_t vectors;
	uint32_t table, pending_table; /* offsets in the BAR */
	uint32_t pending;              /* by vector */
	struct pci_message message[PCI_VECTORS_MAX];
};

/* A page of a BAR that is RAM: pci_share_page(). */
struct pci_page {
	uint8_t *bytes; /* NULL: none is */
	uint32_t offset;
	uint8_t bar;
};

#define PCI_VFS_MAX 8

/* The virtual functions of a physical one. All zero but for what pci_add_iov() sets. */
struct pci_iov {
	uint16_t capability; /* offset */
	uint8_t total;
	uint8_t enabled;              /* that are present, the first ones */
	struct pci_bar bar[PCI_BARS]; /* kind and size for one of them */
	struct pci_function *vf[PCI_VFS_MAX];
};

/* All zero but for what pci_function_init() and the others below set. Owned by its device. */
struct pci_function {
	struct lock lock;
	struct platform *platform; /* by pci_register() */
	const struct pci_ops *ops;
	struct pci_port *port; /* that it is behind; NULL: on bus 0 */
	uint16_t id;           /* device and function; pci_requester() has the bus, too */
	uint32_t config[PCI_CONFIG_WORDS];
	uint32_t writable[PCI_CONFIG_WORDS]; /* bits that a write changes */
	uint32_t cleared[PCI_CONFIG_WORDS];  /* bits that a written 1 clears */
	uint32_t initial[PCI_CONFIG_WORDS];  /* what a reset leaves, by pci_register() */
	struct pci_bar bar[PCI_BARS];
	struct pci_msix msix;
	uint8_t power, msi, express; /* offsets of these capabilities, 0: none */
	uint8_t last_capability;
	uint8_t next_capability; /* where the next one goes */
	uint16_t last_extended;
	uint16_t next_extended; /* the same for extended ones */
	uint64_t now;           /* the furthest that it was told */
	bool intx;              /* level of its interrupt pin, by pci_intx() */
	bool inside;            /* platform_bus_enter() */
	bool absent;            /* answers nothing (a VF that is not enabled) */
	bool polled;            /* run by pci_poll() alone: its device sets it */
	struct pci_page page;
	struct pci_iov *iov; /* NULL: it is no physical function */
	uint64_t due;        /* by pci_set_due(); CLOCK_NEVER: never */
	uint64_t wake;       /* the same by pci_wake(), without the lock */

	/* What the platform was told of the two above, when the lock was last given. */
	uint64_t told;
	bool pin;
	uint8_t gsi; /* of its pin, 0: none */
};

#define PCI_LINES     2  /* GSIs that the pins share, as the DSDT says */
#define PCI_GSI       10 /* the first */
#define PCI_MEMO      8  /* pages whose BAR a vCPU remembers */
#define PCI_LAST_SLOT 15 /* that has a pin */

/* The BAR that a page of addresses belongs to, as long as nobody moves any BAR. */
struct pci_memo {
	uint64_t page;
	uint32_t generation;
	uint8_t function, bar;
};

/* The table is filled before the guest runs, sorted by the numbers of that time. */
struct pci {
	unsigned count;
	struct pci_function *function[PCI_FUNCTIONS_MAX];
	uint32_t next_memory;
	uint32_t next_io;
	uint32_t generation;                                /* changes with each BAR that moves */
	struct pci_memo memo[PLATFORM_VCPUS_MAX][PCI_MEMO]; /* each its vCPU's own */

	/* Under the platform's lock. */
	uint32_t address; /* of mechanism #1 */
	uint64_t due;     /* the earliest of all */
	bool line[PCI_LINES];

	uint64_t wake; /* the earliest of pci_wake(); without a lock, see platform_wake() */

	struct pci_function host_bridge;
};

struct pci_identity {
	uint16_t vendor, device, subvendor, subdevice;
	uint32_t class_code; /* class, subclass, interface */
	uint8_t revision;
	uint8_t pin; /* 1: INTA; 0: none */
};

void pci_init(struct platform *p);

/* ---- for devices, before pci_register() ---- */

void pci_function_init(struct pci_function *f, uint16_t id, const struct pci_identity *identity,
		       const struct pci_ops *ops);

/* pci_register() gives it an address, as firmware does. */
void pci_add_bar(struct pci_function *f, unsigned number, enum pci_bar_kind kind, uint32_t size);

/* A capability of @size bytes (the two of its header included), all read-only: its offset. */
unsigned pci_add_capability(struct pci_function *f, uint8_t id, unsigned size);
unsigned pci_add_extended(struct pci_function *f, uint16_t id, uint8_t version, unsigned size);

/*
 * The usual ones, which pci.c works itself. A way back from D3hot resets nothing (No_Soft_Reset),
 * unless the device clears that bit: pci_set(f, f->power + 4, 2, 0).
 */
void pci_add_power(struct pci_function *f);
void pci_add_msi(struct pci_function *f);
void pci_add_msix(struct pci_function *f, unsigned bar, unsigned vectors, uint32_t table,
		  uint32_t pending_table);
/* PCI Express, an endpoint of the root complex, with function-level reset. */
void pci_add_express(struct pci_function *f);
/* Access control, so that nothing goes from function to function past the IOMMU. */
void pci_add_acs(struct pci_function *f);
/* Alternative routing-ID interpretation, of device 0 behind a port: there is no other. */
void pci_add_ari(struct pci_function *f);
void pci_add_serial(struct pci_function *f, uint64_t serial);

/*
 * Page @offset of a BAR is RAM at @page (platform_host.h says of which kind): the guest reaches it
 * without an exit wherever the BAR answers, and the device hears nothing of it.
 */
void pci_share_page(struct pci_function *f, unsigned bar, uint32_t offset, void *page);

/*
 * SR-IOV: @f is a physical function with @total virtual ones, the first @first numbers behind it
 * and then each @stride further; @device is their device identifier.
 */
struct pci_iov_plan {
	uint8_t total;
	uint16_t first, stride, device;
};
void pci_add_iov(struct pci_function *f, struct pci_iov *iov, const struct pci_iov_plan *plan);
void pci_add_iov_bar(struct pci_function *f, unsigned number, enum pci_bar_kind kind,
		     uint32_t size);

/* Bytes [@reg, @reg + @size) of the space, 1 to 4 of them within a word, and which bits can be
 * written. */
void pci_set(struct pci_function *f, unsigned reg, unsigned size, uint32_t value);
void pci_set_writable(struct pci_function *f, unsigned reg, unsigned size, uint32_t mask);
uint32_t pci_get(const struct pci_function *f, unsigned reg, unsigned size);

/*
 * Puts it on the bus, at power-on, before the guest runs; what its space says now is what a reset
 * leaves. False: the table or a window is full, or the place is taken.
 */
bool pci_register(struct platform *p, struct pci_function *f);

/*
 * The next virtual function of @pf, which is on the bus: @vf, described as any other (its BARs left
 * out), becomes one, and is absent. False: there are as many as there may be, or it is not its
 * number.
 */
bool pci_register_virtual(struct pci_function *pf, struct pci_function *vf);

/* ---- for devices, in their callbacks: the function's lock is held ---- */

/*
 * Memory of the guest for DMA at bus address @address: a host pointer and, in *size, how much of
 * the *size bytes asked for lie behind it in one piece (at least 1). NULL: the function may not
 * master the bus, or nothing that it may reach is there (the IOMMU has recorded its fault). The
 * pointer holds until the callback returns; what it points to the guest may change at any time.
 */
void *pci_dma(struct pci_function *f, uint64_t address, uint32_t *size, bool write);

/*
 * Keeps them good for longer: until a later callback of the function gets another number than this,
 * or 0, which it gets while the function may not master the bus.
 */
uint64_t pci_dma_epoch(struct pci_function *f);

/* Copies through it, over as many pieces as it takes. False: part of it is out of reach. */
bool pci_dma_read(struct pci_function *f, uint64_t address, void *to, uint32_t size);
bool pci_dma_write(struct pci_function *f, uint64_t address, const void *from, uint32_t size);

/* Bus, device and function as the guest has numbered them by now. No lock. */
uint16_t pci_requester(const struct pci_function *f);

/* Is INTx not what the guest uses: MSI or MSI-X? */
bool pci_message_mode(const struct pci_function *f);

/*
 * Message @vector by MSI-X or MSI, whichever is on; what is masked becomes pending. Nothing happens
 * while neither is on.
 */
void pci_message(struct pci_function *f, unsigned vector);

/* The level of the interrupt pin; it reaches the line when the callback returns. */
void pci_intx(struct pci_function *f, bool level);

/* When ops->run is to be called; it counts when the callback returns. */
void pci_set_due(struct pci_function *f, uint64_t due);

/* ---- for devices, from any CPU without the lock ---- */

/* `run` is due at @when, or earlier if it was. Waits for nobody. */
void pci_wake(struct pci_function *f, uint64_t when);

/*
 * Takes the lock, does @work, and carries out what it left behind (pin, due). For another CPU than
 * a vCPU: the sidecore and the fabric.
 */
void pci_work(struct pci_function *f, void (*work)(struct pci_function *f, uint64_t now),
	      uint64_t now);

/*
 * One turn of a function that is polled, by the one CPU that does: what is due by @now, or what it
 * was rung for. False: there was nothing.
 */
bool pci_poll(struct pci_function *f, uint64_t now);

/* ---- for the platform, which does not hold its lock ---- */

/*
 * A BAR or ECAM at @gpa: false if nothing is there. Reads that nobody answers give all ones. What
 * crosses the end of a BAR is split into bytes.
 */
bool pci_mmio_read(struct platform *p, unsigned vcpu, uint64_t gpa, unsigned size, uint64_t *value,
		   uint64_t now);
bool pci_mmio_write(struct platform *p, unsigned vcpu, uint64_t gpa, unsigned size, uint64_t value,
		    uint64_t now);

/* A BAR of ports, which must hold all of it: the port map splits what crosses. */
bool pci_port_holds(struct platform *p, uint16_t port, unsigned size);
bool pci_port_read(struct platform *p, unsigned vcpu, uint16_t port, unsigned size, uint32_t *value,
		   uint64_t now);
bool pci_port_write(struct platform *p, unsigned vcpu, uint16_t port, unsigned size, uint32_t value,
		    uint64_t now);

/* Runs what is due by @now; for the owner. */
void pci_run(struct platform *p, uint64_t now);

#endif
