/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A host at the other end of a wire that is no machine: it answers in the ticks that it is told to
 * take, always in the same way, and no CPU is spent on it but the one that hears from it.
 *
 *     the machine's frames ── peer_hear() ──▶ an answer each ─▶ answers ─┐
 *                                │ UDP port 19                           ├─ peer_send() ─▶ line
 *                                └─────────────▶ source, paced ──────────┘ in order of time
 *
 * What it answers: ARP for its address, ICMP echo, UDP port 7 (echo, RFC 862), 9 (discard, RFC 863:
 * counted) and 19, where 16 bytes start a stream that replaces the one before it: how many frames
 * (32 bits), of what size (32 bits, FRAME_MIN to FRAME_MTU), ticks between two (64 bits), in
 * network order. The stream's frames go to where the request came from; each begins with its
 * number, from 0 on, in 32 bits. Frames with wrong checksums, tags or fragments have no answer.
 */
#ifndef DEVICES_NET_PEER_H
#define DEVICES_NET_PEER_H

#include <stdbool.h>
#include <stdint.h>

#include "devices/net/frame.h"
#include "devices/net/frame_queue.h"
#include "devices/net/line.h"
#include "lib/lock.h"

#define PEER_ECHO    7
#define PEER_DISCARD 9
#define PEER_SOURCE  19

struct peer_config {
	uint8_t mac[MAC_BYTES];
	uint32_t address; /* IPv4: 10.0.0.2 is 0x0a000002 */
	uint64_t think;   /* ticks from a frame's arrival to the answer's first bit */
};

struct peer_counters {
	uint64_t frames; /* that have reached it; of these: */
	uint64_t arp, icmp, echoed, started;
	uint64_t discarded, discarded_bytes; /* bytes of frames */
	uint64_t ignored;
	uint64_t dropped_full; /* answers that found no room */
	uint64_t sourced;      /* frames of streams that went out */
};

struct peer_source {
	uint32_t left, number;
	uint64_t next, interval;
	uint32_t size;
	uint64_t sum; /* of the UDP packet but for its number */
	uint8_t bytes[FRAME_MTU];
};

struct peer {
	struct lock lock; /* for all that follows */
	struct peer_config config;
	struct line *line;          /* to the machine */
	struct frame_queue answers; /* frame->arrives: when it wants to go out */
	struct peer_source source;
	struct peer_counters counters;
};

/* With @size bytes of memory for answers (frame_queue_init()). False: that is no queue. */
bool peer_init(struct peer *peer, const struct peer_config *config, void *memory, uint64_t size);

/* ---- for the wire, which holds the lock ---- */

/* @frame has arrived, or will at frame->arrives. In the order of arrival. */
void peer_hear(struct peer *peer, const struct frame *frame);

/* When its next frame reaches the machine, as things stand; CLOCK_NEVER: there is none. */
uint64_t peer_due(const struct peer *peer);

/*
 * Puts the next frame on the line. True: an answer, whose bytes stay where they are until it is
 * taken from `answers`, which is then the caller's to do; else one of the stream, in @bytes
 * (FRAME_MTU). frame->arrives is CLOCK_NEVER if the line dropped it. Only if something is due.
 */
bool peer_send(struct peer *peer, struct frame *frame, uint8_t *bytes);

/* The stream to where @request, a UDP packet at @ip in it, came from. For peer.c. */
void peer_start_source(struct peer *peer, const struct frame *request, const uint8_t *ip,
		       const uint8_t *udp);

#endif
