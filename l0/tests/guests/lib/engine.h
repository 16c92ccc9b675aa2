/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A DMA engine: the virtio entropy device (virtio 1.2, 4.1, 5.4), polled; where there is none, the
 * control queue of a network device (5.1.6.5), which writes one byte; by the word `vf` that of its
 * first virtual function. Its ring is one page, and what a descriptor names is where it writes; an
 * indirect one is where it reads.
 */
#ifndef ENGINE_H
#define ENGINE_H

#include "guest.h"

enum engine_end {
	ENGINE_DONE,
	ENGINE_BROKEN, /* DEVICE_NEEDS_RESET; the next engine_...() begins anew */
	ENGINE_SILENT, /* neither, for a long time */
};

struct engine_descriptor {
	uint64_t address;
	uint32_t size;
	uint16_t flags, next;
};

enum { ENGINE_NEXT = 1, ENGINE_WRITE = 2, ENGINE_INDIRECT = 4 };
enum { ENGINE_ENTRIES = 16 };

/* The page with its rings, as the processor has it. */
struct engine_ring {
	struct engine_descriptor descriptor[ENGINE_ENTRIES];
	uint16_t flags, index, entry[ENGINE_ENTRIES];
	uint8_t gap[0x800 - 16 * ENGINE_ENTRIES - 4 - 2 * ENGINE_ENTRIES];
	volatile uint16_t used_flags, used_index;
	struct {
		uint32_t head, written;
	} used[ENGINE_ENTRIES];
	uint8_t rest[0x800 - 4 - 8 * ENGINE_ENTRIES];
};
_Static_assert(sizeof(struct engine_ring) == PAGE_SIZE, "a page of its own");

extern volatile struct engine_ring engine_ring;

/* What it has beside its rings. */
extern struct engine {
	uint32_t function; /* its source-id */
	uint32_t physical; /* whose virtual function it is; 0: nobody's */
	uint32_t writes;   /* bytes to one buffer, at most */
	uint32_t queues;   /* how many it has beside the one that is used: of frames, in and out */
	uint64_t base;     /* of its registers */
	uint64_t rings;    /* their bus address; the ring's own by engine_begin() */
	bool started;
} engine;

/* Finds and resets it, bus mastering on; skips the test and returns false where there is none. */
bool engine_begin(void);
/* From reset to DRIVER_OK, with the rings at `engine.rings`. */
bool engine_start(void);
/* The same, and its other queues have their rings at these addresses, each as struct engine_ring.
 */
bool engine_start_with(const uint64_t *others);
/* Tells it of any queue. */
void engine_kick(uint16_t queue);
/* DEVICE_NEEDS_RESET. */
bool engine_broken(void);
/* Lets it write up to 8 bytes to `address`, and tells how that ended. */
enum engine_end engine_write(uint64_t address);
/* The same for so many. */
enum engine_end engine_fill(uint64_t address, uint32_t size);
/* Lets it read the descriptor at `address`. */
enum engine_end engine_read(uint64_t address);
/* Gives it descriptor 0, which the caller has filled in. */
enum engine_end engine_go(void);
/* The same, and nobody waits for its end; is there one of all that it was given? Both by memory
 * alone. */
void engine_post(void);
bool engine_idle(void);
/* Says that so many buffers are there, which need not be so. */
enum engine_end engine_claim(uint16_t index);
/* Did it write to these 8 bytes, which were 0? They are 0 again. */
bool engine_wrote(volatile uint64_t *where);
/* Its interrupt: this message for each buffer; 0, 0: none. */
void engine_message(uint64_t address, uint32_t data);
uint8_t engine_status(void);

#endif
