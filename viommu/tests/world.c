// SPDX-License-Identifier: Apache-2.0
#include "world.h"
#include "suites.h"
#include "viommu_host.h"

unsigned world_msis;
uint64_t world_msi_address, world_now, world_hpa, world_size;
uint32_t world_msi_data, world_msi_status;
const uint64_t *world_msi_page;

void viommu_host_msi(struct viommu *u, uint64_t address, uint32_t data)
{
	(void)u;
	world_msis++;
	world_msi_address = address;
	world_msi_data = data;
	if (world_msi_page)
		world_msi_status = (uint32_t)(world_msi_page[VTD_FSTS / 8] >> 32);
}

uint64_t viommu_host_now(struct viommu *u)
{
	(void)u;
	return world_now;
}

struct viommu_config world_config(void)
{
	return (struct viommu_config){
		.agaw_39 = true,
		.agaw_48 = true,
		.page_2m = true,
		.page_1g = true,
		.pass_through = true,
		.queued = true,
		.remapping = true,
		.eim = true,
		.mgaw = 48,
		.haw = 46,
		.domain_bits = 8,
		.max_am = 18,
		.fault_registers = 4,
		.run_limit = 256,
	};
}

void world_set(uint64_t l1, uint64_t value)
{
	arena_set(ARENA_L1 + l1, value);
}

uint64_t world_get(uint64_t l1)
{
	return arena_get(ARENA_L1 + l1);
}

static void map(struct world *w, uint64_t l1, uint64_t hpa, uint64_t size, uint64_t rights,
		unsigned type)
{
	ck_assert_int_eq(ept01_map(&w->ept01, l1, hpa, size, rights, type), 0);
}

void world_begin(struct world *w, const struct viommu_config *config)
{
	w->caps = (struct ept_caps){46, true, true, true};
	for (uint64_t l1 = 0; l1 < 0x200000; l1 += 8)
		world_set(l1, 0);
	ck_assert_int_eq(ept_pool_init(&w->pool, ARENA_EPT01, 64), 0);
	ck_assert_int_eq(ept01_init(&w->ept01, &w->pool, &w->caps), 0);
	map(w, 0, ARENA_L1, 0x200000, EPT_RWX, EPT_WB);
	map(w, WORLD_RAM, WORLD_RAM_HPA, WORLD_RAM_SIZE, EPT_RWX, EPT_WB);
	map(w, WORLD_ROM, WORLD_RAM_HPA + WORLD_RAM_SIZE, 0x1000, EPT_R | EPT_X, EPT_WB);
	map(w, WORLD_DEVICE, 0xfe000000, 0x1000, EPT_R | EPT_W, EPT_UC);
	ck_assert_int_eq(viommu_init(&w->u, config, &w->ept01, ARENA_EPT02, WORLD_POOL), 0);
	world_msis = 0;
	world_now = 0;
}

void world_context(uint16_t source, uint64_t low, uint64_t high)
{
	world_set(WORLD_ROOT + (source >> 8) * 16, WORLD_CONTEXTS | VTD_ENTRY_P);
	world_set(WORLD_CONTEXTS + (source & 0xff) * 16, low);
	world_set(WORLD_CONTEXTS + (source & 0xff) * 16 + 8, high);
}

uint32_t world_read32(struct world *w, uint32_t offset)
{
	return (uint32_t)viommu_read(&w->u, offset, 4);
}

uint64_t world_read64(struct world *w, uint32_t offset)
{
	return viommu_read(&w->u, offset, 8);
}

void world_write32(struct world *w, uint32_t offset, uint32_t value)
{
	viommu_write(&w->u, offset, 4, value);
}

void world_write64(struct world *w, uint32_t offset, uint64_t value)
{
	viommu_write(&w->u, offset, 8, value);
}

void world_command(struct world *w, uint32_t bit, bool on)
{
	uint32_t status = world_read32(w, VTD_GSTS) & ~(VTD_GCMD_SRTP | VTD_GCMD_SIRTP);

	world_write32(w, VTD_GCMD, on ? status | bit : status & ~bit);
}

void world_chain(void)
{
	for (uint64_t i = 0; i < 3; i++)
		world_set(WORLD_TABLES + i * 0x1000,
			  (WORLD_TABLES + (i + 1) * 0x1000) | VTD_PTE_RW);
}

void world_leaf(unsigned page, uint64_t entry)
{
	world_set(WORLD_TABLES + 0x3000 + page * 8, entry);
}

void world_translating(struct world *w)
{
	world_chain();
	world_context(WORLD_DEV, WORLD_TABLES | VTD_ENTRY_P, 2 | WORLD_DID << VTD_CONTEXT_DID_LOW);
	world_write64(w, VTD_RTADDR, WORLD_ROOT);
	world_command(w, VTD_GCMD_SRTP, true);
	world_command(w, VTD_GCMD_TE, true);
	ck_assert_uint_eq(world_read32(w, VTD_GSTS), VTD_GSTS_TES | VTD_GSTS_RTPS);
}

void world_queue(struct world *w)
{
	world_write64(w, VTD_IQT, 0);
	world_write64(w, VTD_IQA, WORLD_QUEUE);
	world_command(w, VTD_GCMD_QIE, true);
	ck_assert(world_read32(w, VTD_GSTS) & VTD_GSTS_QIES);
}

void world_submit(struct world *w, uint64_t low, uint64_t high)
{
	uint64_t tail = world_read64(w, VTD_IQT);

	world_set(WORLD_QUEUE + tail, low);
	world_set(WORLD_QUEUE + tail + 8, high);
	world_write64(w, VTD_IQT, (tail + 16) % VTD_PAGE_SIZE);
}

enum viommu_verdict world_dma(struct world *w, uint64_t iova, bool write)
{
	world_hpa = world_size = 0;
	return viommu_translate(&w->u, WORLD_DEV, iova, write, &world_hpa, &world_size);
}

unsigned world_reason(struct world *w)
{
	uint32_t n = w->u.config.fault_registers, last = (w->u.fault_next + n - 1) % n;
	uint64_t upper = world_read64(w, viommu_frcd(last, true));

	return upper & VTD_FRCD_F ? upper >> VTD_FRCD_FR_SHIFT & 0xff : 0;
}
