// SPDX-License-Identifier: Apache-2.0
#include "devices/e1000/internal.h"

#include "devices/net/packet.h"
#include "devices/net/switch.h"

/* 8254x manual, 3.2.1 and 13.5. */
#define TAG_CFI 0x1000

/* Addresses as numbers, in the order in which RAL and RAH hold their bytes: the first one lowest.
 */
static uint64_t address_of(const uint8_t *bytes)
{
	return __builtin_bswap64(get_mac(bytes) << 16);
}

static bool valid(const struct e1000 *e, unsigned n)
{
	return (e->address[2 * n + 1] & RAH_AV) != 0;
}

static uint64_t address(const struct e1000 *e, unsigned n)
{
	return (uint64_t)(e->address[2 * n + 1] & 0xffff) << 32 | e->address[2 * n];
}

static bool is_ours(const struct e1000 *e, uint64_t destination)
{
	for (unsigned n = 0; n < E1000_ADDRESSES; n++) {
		if (valid(e, n) && address(e, n) == destination)
			return true;
	}
	return false;
}

static bool bit_of(const uint32_t *table, unsigned n)
{
	return table[n / 32] >> n % 32 & 1;
}

/* Twelve bits of the address, which ones RCTL says. */
static bool in_multicast_table(const struct e1000 *e, uint64_t destination)
{
	static const uint8_t first_bit[] = {36, 35, 34, 32};
	unsigned offset = e->reg[REG_RCTL] >> RCTL_MO_SHIFT & 3;

	return bit_of(e->multicast, destination >> first_bit[offset] & 0xfff);
}

static enum e1000_match match_address(const struct e1000 *e, const uint8_t *bytes)
{
	uint32_t rctl = e->reg[REG_RCTL];
	uint64_t destination = address_of(bytes);
	bool group = bytes[0] & 1;

	if (is_ours(e, destination))
		return E1000_EXACT;
	if (get_mac(bytes) == MAC_BROADCAST && rctl & RCTL_BAM)
		return E1000_EXACT;
	if (rctl & (group ? RCTL_MPE : RCTL_UPE))
		return E1000_INEXACT;
	return group && in_multicast_table(e, destination) ? E1000_INEXACT : E1000_NO_MATCH;
}

/* Of a frame of at least FRAME_MIN bytes. */
static bool match_vlan(const struct e1000 *e, const uint8_t *bytes)
{
	uint32_t rctl = e->reg[REG_RCTL];
	uint16_t tag = get16(bytes + ETHERNET_BYTES);

	if (!(rctl & RCTL_VFE) || get16(bytes + ETHERNET_TYPE) != e->reg[REG_VET])
		return true;
	if (rctl & RCTL_CFIEN && !(tag & TAG_CFI) != !(rctl & RCTL_CFI))
		return false;
	return bit_of(e->vlan, tag & TAG_VLAN);
}

enum e1000_match e1000_match(const struct e1000 *e, const uint8_t *bytes)
{
	return match_vlan(e, bytes) ? match_address(e, bytes) : E1000_NO_MATCH;
}

static bool any(const uint32_t *table)
{
	uint32_t all = 0;

	for (unsigned n = 0; n < E1000_TABLE_WORDS; n++)
		all |= table[n];
	return all != 0;
}

/* Beyond the one address that the port knows the device looks itself. */
void e1000_filter_update(struct e1000 *e)
{
	struct port_filter filter = {
		.promiscuous = (e->reg[REG_RCTL] & RCTL_UPE) != 0,
		.all_multicast = e->reg[REG_RCTL] & RCTL_MPE || any(e->multicast),
	};

	for (unsigned i = 0; i < MAC_BYTES; i++)
		filter.mac[i] = (uint8_t)(address(e, 0) >> 8 * i);
	for (unsigned n = 1; n < E1000_ADDRESSES; n++) {
		if (valid(e, n) && address(e, n) & 1)
			filter.all_multicast = true;
		else if (valid(e, n))
			filter.promiscuous = true;
	}
	switch_set_filter(e->config.port, &filter);
}
