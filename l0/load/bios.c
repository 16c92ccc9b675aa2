// SPDX-License-Identifier: Apache-2.0
/*
 * Nothing here runs: there is no BIOS. A hypervisor that looks for the end of low memory, to put
 * its real-mode code there, finds it (40EH, 413H), a driver that looks for the serial port too.
 */
#include "load/bios.h"

#include <stddef.h>

#include "lib/string.h"
#include "load/layout.h"

#define VECTORS     256u
#define DATA_AREA   0x400ull
#define ROM_SEGMENT 0xf000u
#define COM1_PORT   0x3f8u

/* Offsets in the ROM's segment; those of the PC AT, which programs came to rely on. */
#define ROM_POST  0xe05bu
#define ROM_IRET  0xff53u
#define ROM_RESET 0xfff0u

#define EQUIPMENT_FPU     (1u << 1)
#define EQUIPMENT_COMS(n) ((uint16_t)((n) << 9))
#define MODEL_AT          0xfcu

struct bios_data {
	uint16_t com[4];
	uint16_t lpt[3];
	uint16_t ebda; /* segment */
	uint16_t equipment;
	uint8_t test;
	uint16_t memory; /* KiB below the EBDA */
	uint16_t reserved;
	uint8_t keyboard_flags[3];
	uint16_t keyboard_head, keyboard_tail; /* offsets from 400H; equal: no key */
	uint8_t keyboard[32];
	uint8_t diskette[11];
	uint8_t video[30]; /* zero: no display */
	uint8_t post[5];
	uint32_t clock; /* 1/18.2 s since midnight: nobody counts */
	uint8_t midnight, break_flag;
	uint16_t reset; /* 1234H would ask for a warm start */
	uint8_t disk[4];
	uint8_t lpt_timeout[4], com_timeout[4];
	uint16_t keyboard_start, keyboard_end;
} __attribute__((packed));

_Static_assert(offsetof(struct bios_data, ebda) == 0x0e, "40EH");
_Static_assert(offsetof(struct bios_data, memory) == 0x13, "413H");
_Static_assert(offsetof(struct bios_data, clock) == 0x6c, "46CH");
_Static_assert(offsetof(struct bios_data, keyboard_start) == 0x80, "480H");

static void write_data_area(const struct ram *ram)
{
	static const struct bios_data data = {
		.com = {COM1_PORT},
		.ebda = LOAD_EBDA >> 4,
		.equipment = EQUIPMENT_FPU | EQUIPMENT_COMS(1),
		.memory = LOAD_EBDA / 1024,
		.keyboard_head = offsetof(struct bios_data, keyboard),
		.keyboard_tail = offsetof(struct bios_data, keyboard),
		.lpt_timeout = {20, 20, 20, 20},
		.com_timeout = {1, 1, 1, 1},
		.keyboard_start = offsetof(struct bios_data, keyboard),
		.keyboard_end = offsetof(struct bios_data, keyboard) + sizeof(data.keyboard),
	};

	memcpy(ram_ptr(ram, DATA_AREA, sizeof(data)), &data, sizeof(data));
}

/* The first byte is the area's size in KiB. */
static void write_extended(const struct ram *ram)
{
	uint8_t *ebda = ram_ptr(ram, LOAD_EBDA, 0xa0000 - LOAD_EBDA);

	ebda[0] = (0xa0000 - LOAD_EBDA) / 1024;
}

/* All interrupts return at once, as those of devices that are not there do on a PC. */
static void write_vectors(const struct ram *ram)
{
	uint32_t *vector = ram_ptr(ram, 0, VECTORS * sizeof(*vector));

	for (unsigned i = 0; i < VECTORS; i++)
		vector[i] = ROM_SEGMENT << 16 | ROM_IRET;
}

/* A jump to the reset vector, from wherever, resets the machine, by the port that FADT names too.
 */
static void write_rom(const struct ram *ram)
{
	static const uint8_t post[] = {
		0xba, 0xf9, 0x0c, /* mov $0xcf9, %dx */
		0xb0, 0x06,       /* mov $6, %al */
		0xee,             /* out %al, (%dx) */
		0xf4, 0xeb, 0xfd, /* hlt, for ever */
	};
	static const uint8_t reset[16] = {0xea, ROM_POST & 0xff, ROM_POST >> 8, ROM_SEGMENT & 0xff,
					  ROM_SEGMENT >> 8,
					  /* the firmware's date, and the model */
					  '0', '1', '/', '0', '1', '/', '1', '0', 0, MODEL_AT, 0};
	uint8_t *rom = ram_ptr(ram, (uint64_t)ROM_SEGMENT << 4, 0x10000);

	memcpy(rom + ROM_POST, post, sizeof(post));
	rom[ROM_IRET] = 0xcf;
	memcpy(rom + ROM_RESET, reset, sizeof(reset));
}

void bios_write(const struct ram *ram)
{
	write_vectors(ram);
	write_data_area(ram);
	write_extended(ram);
	write_rom(ram);
}
