// SPDX-License-Identifier: Apache-2.0
#include "vtd_model.h"
#include "arena.h"
#include "model.h"

static uint64_t field(uint64_t value, unsigned high, unsigned low)
{
	value >>= low;
	return high - low == 63 ? value : value % (UINT64_C(2) << (high - low));
}

/* RAM is what EPT01 maps write-back. */
static bool l1_word(const struct vtd_source *src, uint64_t l1, uint64_t *value)
{
	struct model_walk walk = model_walk_host(src->root01, l1, src->caps01);

	if (walk.end != MODEL_PAGE || !walk.r || walk.type != 6)
		return false;
	*value = arena_get(walk.to);
	return true;
}

static struct vtd_answer refuse(unsigned reason, bool recorded)
{
	return (struct vtd_answer){.verdict = VIOMMU_FAULT, .reason = reason, .recorded = recorded};
}

static struct vtd_answer in_memory(const struct vtd_source *src, uint64_t l1, uint64_t iova,
				   bool write, uint64_t page)
{
	struct model_walk walk = model_walk_host(src->root01, l1, src->caps01);
	struct vtd_answer answer = {.verdict = VIOMMU_ABORT};
	uint64_t size;

	if (walk.end != MODEL_PAGE || walk.type != 6 || !(write ? walk.w : walk.r))
		return answer;
	size = page && page < walk.size ? page : walk.size;
	/* No page that is composed reaches into the interrupt range's L1 addresses. */
	if (page && l1 - l1 % size < 0xfef00000 && l1 - l1 % size + size > 0xfee00000)
		size = 4096;
	answer.verdict = VIOMMU_OK;
	answer.hpa = walk.to;
	answer.size = size - iova % size;
	if (iova < 0xfee00000 && iova + answer.size > 0xfee00000)
		answer.size = 0xfee00000 - iova;
	return answer;
}

static bool leaf_wrong(const struct viommu_config *c, uint64_t e, unsigned level)
{
	if (level == 4 || (level == 3 && !c->page_1g) || (level == 2 && !c->page_2m))
		return true;
	return (level == 3 && field(e, 29, 12)) || (level == 2 && field(e, 20, 12));
}

static bool entry_wrong(const struct viommu_config *c, uint64_t e, unsigned level)
{
	if (field(e, 51, c->haw < 52 ? c->haw : 51) && c->haw < 52)
		return true;
	if (field(e, 62, 62) || (field(e, 11, 11) && !c->snoop))
		return true;
	return level > 1 && field(e, 7, 7) && leaf_wrong(c, e, level);
}

struct rights {
	bool r, w;
};

static struct vtd_answer tables(const struct vtd_source *src, uint64_t table, unsigned level,
				uint64_t iova, bool write, struct rights rights, bool log)
{
	uint64_t span = UINT64_C(4096) << 9 * (level - 1), e, to;

	if (!l1_word(src, table + iova / span % 512 * 8, &e))
		return refuse(7, log);
	rights.r = rights.r && field(e, 0, 0);
	rights.w = rights.w && field(e, 1, 1);
	if (write ? !field(e, 1, 1) : !field(e, 0, 0))
		return refuse(write ? 5 : 6, log);
	if (entry_wrong(src->config, e, level))
		return refuse(12, log);
	if (level > 1 && !field(e, 7, 7))
		return tables(src, field(e, 51, 12) << 12, level - 1, iova, write, rights, log);
	if (!rights.r && !rights.w)
		return refuse(write ? 5 : 6, log);
	to = (field(e, 51, 12) << 12) + iova % span;
	if (to >= 0xfee00000 && to < 0xfef00000)
		return refuse(14, log);
	return in_memory(src, to, iova, write, span);
}

static bool context_reserved(const struct viommu_config *c, uint64_t low, uint64_t high)
{
	bool pass = field(low, 3, 2) == 2;

	if (field(low, 11, 4) || field(high, 7, 7))
		return true;
	if (!pass && field(low, 63, c->haw))
		return true;
	return field(high, 63, 8 + c->domain_bits);
}

static struct vtd_answer context(const struct vtd_source *src, uint64_t low, uint64_t high,
				 uint64_t iova, bool write)
{
	const struct viommu_config *c = src->config;
	unsigned type = (unsigned)field(low, 3, 2), levels = (unsigned)field(high, 2, 0) + 2;
	struct rights all = {true, true};
	bool log = !field(low, 1, 1);

	if (!field(low, 0, 0))
		return refuse(2, log);
	if (context_reserved(c, low, high))
		return refuse(11, log);
	if (type == 1 || type == 3 || (type == 2 && !c->pass_through))
		return refuse(3, log);
	if (type == 0 && !((levels == 3 && c->agaw_39) || (levels == 4 && c->agaw_48)))
		return refuse(3, log);
	if (field(iova, 63, c->mgaw) || (type == 0 && levels == 3 && field(iova, 63, 39)))
		return refuse(4, log);
	if (type == 2)
		return in_memory(src, iova, iova, write, 0);
	return tables(src, field(low, 63, 12) << 12, levels, iova, write, all, log);
}

struct vtd_answer vtd_model(const struct vtd_source *src, uint16_t device, uint64_t iova,
			    bool write)
{
	uint64_t at = src->root + device / 256 * 16, low, high;

	if (iova >= 0xfee00000 && iova < 0xfef00000)
		return (struct vtd_answer){.verdict = write ? VIOMMU_INTERRUPT : VIOMMU_ABORT};
	if (!l1_word(src, at, &low) || !l1_word(src, at + 8, &high))
		return refuse(8, true);
	if (!field(low, 0, 0))
		return refuse(1, true);
	if (field(low, 11, 1) || field(low, 63, src->config->haw) || high)
		return refuse(10, true);
	at = (field(low, 63, 12) << 12) + device % 256 * 16;
	if (!l1_word(src, at, &low) || !l1_word(src, at + 8, &high))
		return refuse(9, true);
	return context(src, low, high, iova, write);
}
