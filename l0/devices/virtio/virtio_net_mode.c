// SPDX-License-Identifier: Apache-2.0
/* What is received: as much as the switch can tell is asked of it, the rest is looked at here. */
#include "devices/virtio/virtio_net_internal.h"
#include "lib/string.h"

#define MAC_MULTICAST (1ull << 40)
#define MAC_BROADCAST 0xffffffffffffull

/* Who cannot say what it wants gets everything. */
void net_mode_reset(struct virtio_net *net)
{
	memset(&net->mode, 0, sizeof(net->mode));
	net->mode.promiscuous = !virtio_has(&net->pci, NET_F_CTRL_RX) && !net->fixed;
	net->mode.all_multicast = !virtio_has(&net->pci, NET_F_CTRL_RX);
}

static void put_mac(uint8_t *bytes, uint64_t mac)
{
	put16(bytes, (uint32_t)(mac >> 32));
	put32(bytes + 2, (uint32_t)mac);
}

void net_mode_apply(struct virtio_net *net)
{
	const struct virtio_net_mode *m = &net->mode;
	struct port_filter filter = net->filter;

	put_mac(filter.mac, net->mac);
	filter.all_multicast |= m->all_multicast || m->multicast.count;
	if (!net->fixed)
		filter.promiscuous |= m->promiscuous || m->all_unicast || m->unicast.count;
	switch_set_filter(net->port, &filter);
}

static bool listed(const struct virtio_net_addresses *list, uint64_t mac)
{
	for (unsigned i = 0; i < list->count && i < VIRTIO_NET_LIST; i++)
		if (list->mac[i] == mac)
			return true;
	return list->count > VIRTIO_NET_LIST;
}

/* Frames without a tag, and those of priority alone, are in no VLAN. */
static bool vlan_wanted(const struct virtio_net *net, const uint8_t *frame)
{
	unsigned vlan;

	if (!packet_tag(frame) || !virtio_has(&net->pci, NET_F_CTRL_VLAN))
		return true;
	vlan = get16(frame + ETHERNET_TYPE + 2) & TAG_VLAN;
	return vlan == 0 || (net->mode.vlan[vlan / 64] >> vlan % 64 & 1);
}

bool net_wanted(const struct virtio_net *net, const uint8_t *frame)
{
	const struct virtio_net_mode *m = &net->mode;
	uint64_t to = get_mac(frame);

	if (!vlan_wanted(net, frame))
		return false;
	if (m->promiscuous)
		return true;
	if (to == MAC_BROADCAST)
		return !m->no_broadcast;
	if (to & MAC_MULTICAST)
		return !m->no_multicast && (m->all_multicast || listed(&m->multicast, to));
	return !m->no_unicast && (m->all_unicast || to == net->mac || listed(&m->unicast, to));
}
