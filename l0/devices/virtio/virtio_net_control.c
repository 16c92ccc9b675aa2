// SPDX-License-Identifier: Apache-2.0
/* The control queue, 5.1.6.5: a command of two bytes, what it needs, and a byte for the answer. */
#include <stddef.h>

#include "devices/virtio/virtio_net_internal.h"

#define BUDGET 16

#define ANSWER_OK    0
#define ANSWER_ERROR 1

/* True: done. What it gets is behind the command. */
typedef bool command(struct virtio_net *net, struct virtqueue_chain *chain);

static bool flag(struct virtqueue_chain *chain, bool *to)
{
	uint8_t on;

	if (!virtqueue_read(chain, &on, sizeof(on)))
		return false;
	*to = on;
	return true;
}

/* Class 0: a command for each flag of the mode. */
#define FLAG(name)                                                                                 \
	static bool set_##name(struct virtio_net *net, struct virtqueue_chain *chain)              \
	{                                                                                          \
		return flag(chain, &net->mode.name);                                               \
	}
FLAG(promiscuous)
FLAG(all_multicast)
FLAG(all_unicast)
FLAG(no_multicast)
FLAG(no_unicast)
FLAG(no_broadcast)

/* One table: a number, and as many addresses. What is too many to keep is passed over. */
static bool read_list(struct virtqueue_chain *chain, struct virtio_net_addresses *list)
{
	uint8_t mac[MAC_BYTES];
	uint32_t entries;

	list->count = 0;
	if (!virtqueue_read(chain, &entries, sizeof(entries)) ||
	    entries > chain->read.left / MAC_BYTES)
		return false;
	for (uint32_t i = 0; i < entries && i < VIRTIO_NET_LIST; i++) {
		virtqueue_read(chain, mac, sizeof(mac));
		list->mac[i] = get_mac(mac);
	}
	list->count = entries;
	if (entries <= VIRTIO_NET_LIST)
		return true;
	return virtqueue_skip(chain, (entries - VIRTIO_NET_LIST) * MAC_BYTES);
}

static bool set_table(struct virtio_net *net, struct virtqueue_chain *chain)
{
	return read_list(chain, &net->mode.unicast) && read_list(chain, &net->mode.multicast);
}

static bool set_mac(struct virtio_net *net, struct virtqueue_chain *chain)
{
	uint8_t mac[MAC_BYTES];

	if (!virtqueue_read(chain, mac, sizeof(mac)))
		return false;
	net->mac = get_mac(mac);
	return true;
}

static uint64_t *vlan_word(struct virtio_net *net, struct virtqueue_chain *chain, uint64_t *bit)
{
	uint16_t vlan;

	if (!virtqueue_read(chain, &vlan, sizeof(vlan)) || vlan > TAG_VLAN)
		return NULL;
	*bit = 1ull << vlan % 64;
	return &net->mode.vlan[vlan / 64];
}

static bool add_vlan(struct virtio_net *net, struct virtqueue_chain *chain)
{
	uint64_t bit, *word = vlan_word(net, chain, &bit);

	if (word)
		*word |= bit;
	return word;
}

static bool remove_vlan(struct virtio_net *net, struct virtqueue_chain *chain)
{
	uint64_t bit, *word = vlan_word(net, chain, &bit);

	if (word)
		*word &= ~bit;
	return word;
}

static bool set_pairs(struct virtio_net *net, struct virtqueue_chain *chain)
{
	uint16_t pairs;

	if (!virtqueue_read(chain, &pairs, sizeof(pairs)) || !pairs || pairs > net->pairs)
		return false;
	net->active = (uint8_t)pairs;
	return true;
}

/* 5.1.6.5.6.1: none that was not negotiated. A frame that is half received begins anew. */
static bool set_offloads(struct virtio_net *net, struct virtqueue_chain *chain)
{
	uint64_t offloads;

	if (!virtqueue_read(chain, &offloads, sizeof(offloads)) ||
	    (offloads & ~(net->pci.accepted & NET_OFFLOADS)))
		return false;
	net->offloads = offloads;
	net->segment = 0;
	return true;
}

/* By class and number: 5.1.6.5.1 and what follows it. */
static const struct {
	uint8_t class, number;
	uint8_t feature;
	command *work;
} commands[] = {
	{0, 0, NET_F_CTRL_RX, set_promiscuous},
	{0, 1, NET_F_CTRL_RX, set_all_multicast},
	{0, 2, NET_F_CTRL_RX_EXTRA, set_all_unicast},
	{0, 3, NET_F_CTRL_RX_EXTRA, set_no_multicast},
	{0, 4, NET_F_CTRL_RX_EXTRA, set_no_unicast},
	{0, 5, NET_F_CTRL_RX_EXTRA, set_no_broadcast},
	{1, 0, NET_F_CTRL_RX, set_table},
	{1, 1, NET_F_CTRL_MAC, set_mac},
	{2, 0, NET_F_CTRL_VLAN, add_vlan},
	{2, 1, NET_F_CTRL_VLAN, remove_vlan},
	{4, 0, NET_F_MQ, set_pairs},
	{5, 0, NET_F_GUEST_OFFLOADS, set_offloads},
};

static command *find(const struct virtio_net *net, const uint8_t name[2])
{
	for (unsigned i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (commands[i].class == name[0] && commands[i].number == name[1] &&
		    virtio_has(&net->pci, commands[i].feature))
			return commands[i].work;
	return NULL;
}

static void answer(struct virtio_pci *v, unsigned queue, struct virtqueue_chain *chain)
{
	struct virtio_net *net = net_of(v);
	uint8_t name[2], result = ANSWER_ERROR;
	command *work;

	if (virtqueue_read(chain, name, sizeof(name))) {
		work = find(net, name);
		if (work && work(net, chain))
			result = ANSWER_OK;
		net_mode_apply(net);
	}
	virtqueue_write(chain, &result, sizeof(result));
	virtqueue_put(&v->queue[queue], chain->head, chain->written);
}

void net_control(struct virtio_net *net, unsigned queue)
{
	virtio_drain(&net->pci, queue, BUDGET, answer);
}
