/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A machine for the tests: L1's memory [0, 2 MiB) holds its tables (in the arena), [1 GiB, 2 GiB)
 * is RAM that nobody looks into, one page behind it is a ROM and one a device; all else is a hole.
 */
#ifndef WORLD_H
#define WORLD_H

#include "arena.h"
#include "viommu.h"
#include "viommu_registers.h"

#define WORLD_ROOT     UINT64_C(0x1000)
#define WORLD_CONTEXTS UINT64_C(0x2000) /* of bus 0 */
#define WORLD_STATUS   UINT64_C(0x3000)
#define WORLD_IRT      UINT64_C(0x4000)
#define WORLD_QUEUE    UINT64_C(0x10000)
#define WORLD_TABLES   UINT64_C(0x20000) /* second-level ones, 16 pages for each domain */
#define WORLD_RAM      UINT64_C(0x40000000)
#define WORLD_RAM_HPA  UINT64_C(0x2000000000)
#define WORLD_RAM_SIZE UINT64_C(0x40000000)
#define WORLD_ROM      UINT64_C(0x80000000)
#define WORLD_DEVICE   UINT64_C(0x80001000)
#define WORLD_HOLE     UINT64_C(0x90000000)
#define WORLD_POOL     256u             /* pages */
#define WORLD_DEV      UINT16_C(0x0010) /* 00:02.0 */
#define WORLD_DID      UINT16_C(5)

struct world {
	struct ept_caps caps;
	struct ept_pool pool;
	struct ept01 ept01;
	struct viommu u;
};

/* What viommu_host.h's functions have seen, or say. */
extern unsigned world_msis;
extern uint64_t world_msi_address, world_now;
extern uint32_t world_msi_data;
/* With a register page here: its FSTS when the message came. */
extern const uint64_t *world_msi_page;
extern uint32_t world_msi_status;

/* All that there is, as L0 would offer it. */
struct viommu_config world_config(void);

/* Memory zeroed, and a unit after power-on. */
void world_begin(struct world *w, const struct viommu_config *config);

/* Words of L1's tables. */
void world_set(uint64_t l1, uint64_t value);
uint64_t world_get(uint64_t l1);

/* A context entry for a device of bus 0, which gets its root entry. */
void world_context(uint16_t source, uint64_t low, uint64_t high);

/* Registers, by trap. */
uint32_t world_read32(struct world *w, uint32_t offset);
uint64_t world_read64(struct world *w, uint32_t offset);
void world_write32(struct world *w, uint32_t offset, uint32_t value);
void world_write64(struct world *w, uint32_t offset, uint64_t value);

/* GCMD with one bit set or cleared, as a driver writes it. */
void world_command(struct world *w, uint32_t bit, bool on);

/* Tables of four levels from WORLD_TABLES on, each with its first entry, for IOVA 0 to 2 MiB. */
void world_chain(void);
/* The leaf for a page of these 2 MiB. */
void world_leaf(unsigned page, uint64_t entry);

/* world_chain() for WORLD_DEV in WORLD_DID, and translation on. */
void world_translating(struct world *w);

/* The queue at WORLD_QUEUE, of one page, on. */
void world_queue(struct world *w);
/* Puts a descriptor in and moves the tail. */
void world_submit(struct world *w, uint64_t low, uint64_t high);

/* A translation of WORLD_DEV's; hpa and size go to world_hpa, world_size. */
enum viommu_verdict world_dma(struct world *w, uint64_t iova, bool write);
extern uint64_t world_hpa, world_size;

/* The reason in the recording register written last; 0: F is clear there. */
unsigned world_reason(struct world *w);

#endif
