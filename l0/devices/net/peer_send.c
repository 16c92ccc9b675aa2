// SPDX-License-Identifier: Apache-2.0
#include "devices/net/checksum.h"
#include "devices/net/peer.h"
#include "lib/string.h"
#include "platform/clock.h"

#define IP_AT      ETHERNET_BYTES
#define UDP_AT     (IP_AT + IP4_BYTES)
#define PAYLOAD_AT (UDP_AT + UDP_BYTES)
#define IP_TTL     8 /* and the protocol */

static void source_ip(uint8_t *ip, uint32_t size, uint32_t from, uint32_t to)
{
	ip[0] = 0x45;
	put16(ip + IP4_LENGTH, size);
	put16(ip + IP4_FRAGMENT, IP4_NO_FRAGMENTS);
	put16(ip + IP_TTL, 64 << 8 | PROTOCOL_UDP);
	put32(ip + IP4_SOURCE, from);
	put32(ip + IP4_DESTINATION, to);
	checksum_store(ip + IP4_CHECKSUM, checksum_add(0, ip, IP4_BYTES));
}

/* Returns the sum for the checksum, with the pseudo header. */
static uint64_t source_udp(uint8_t *udp, uint32_t size, uint16_t to)
{
	uint64_t sum = checksum_add_number(checksum_add_number(0, PROTOCOL_UDP), size);

	put16(udp + UDP_SOURCE, PEER_SOURCE);
	put16(udp + UDP_DESTINATION, to);
	put16(udp + UDP_LENGTH, size);
	/* The addresses stand right before it. */
	return checksum_add(sum, udp - 8, UDP_BYTES + 8);
}

static uint32_t source_size(uint32_t size)
{
	return size < FRAME_MIN ? FRAME_MIN : size > FRAME_MTU ? FRAME_MTU : size;
}

void peer_start_source(struct peer *peer, const struct frame *request, const uint8_t *ip,
		       const uint8_t *udp)
{
	struct peer_source *s = &peer->source;
	uint64_t interval = get64(udp + UDP_BYTES + 8), least;
	struct frame one = {.size = source_size(get32(udp + UDP_BYTES + 4))};

	memset(s, 0, sizeof(*s));
	s->size = one.size;
	memcpy(s->bytes, request->bytes + ETHERNET_SOURCE, MAC_BYTES);
	memcpy(s->bytes + ETHERNET_SOURCE, peer->config.mac, MAC_BYTES);
	put16(s->bytes + ETHERNET_TYPE, ETHERTYPE_IP4);
	source_ip(s->bytes + IP_AT, s->size - IP_AT, peer->config.address, get32(ip + IP4_SOURCE));
	s->sum = source_udp(s->bytes + UDP_AT, s->size - UDP_AT, get16(udp + UDP_SOURCE));
	/* No faster than the line: nobody can ask for more than that many in a time. */
	least = line_ticks(peer->line, frame_wire_bytes(&one));
	s->interval = interval < least ? least : interval;
	s->left = get32(udp + UDP_BYTES);
	s->next = request->arrives + peer->config.think;
}

static uint64_t source_ready(const struct peer *peer)
{
	return peer->source.left ? peer->source.next : CLOCK_NEVER;
}

static void source_write(struct peer_source *s, struct frame *frame, uint8_t *bytes)
{
	uint64_t sum;

	memcpy(bytes, s->bytes, s->size);
	put32(bytes + PAYLOAD_AT, s->number++);
	sum = checksum_add(s->sum, bytes + PAYLOAD_AT, 4);
	checksum_store(bytes + UDP_AT + UDP_CHECKSUM, checksum_fold(sum) == 0xffff ? 0 : sum);
	*frame = (struct frame){.bytes = bytes, .size = s->size};
	s->left--;
	s->next = s->interval < CLOCK_NEVER - s->next ? s->next + s->interval : CLOCK_NEVER;
}

/* What wants to go out first, and when; an answer before the stream's frame of the same tick. */
static const struct frame *first_answer(const struct peer *peer)
{
	const struct frame *answer = frame_queue_first(&peer->answers);

	return answer && answer->arrives <= source_ready(peer) ? answer : NULL;
}

uint64_t peer_due(const struct peer *peer)
{
	const struct frame *answer = first_answer(peer);
	struct frame next = {.size = peer->source.size};
	uint64_t ready = answer ? answer->arrives : source_ready(peer);

	if (ready == CLOCK_NEVER)
		return CLOCK_NEVER;
	return line_foresee(peer->line, ready, frame_wire_bytes(answer ? answer : &next));
}

bool peer_send(struct peer *peer, struct frame *frame, uint8_t *bytes)
{
	const struct frame *answer = first_answer(peer);
	uint64_t ready = answer ? answer->arrives : source_ready(peer);

	if (answer) {
		*frame = *answer;
	} else {
		source_write(&peer->source, frame, bytes);
		peer->counters.sourced++;
	}
	frame->arrives = line_pass(peer->line, ready, frame_wire_bytes(frame));
	return answer != NULL;
}
