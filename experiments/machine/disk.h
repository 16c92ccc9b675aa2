/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * A machine's disk: a raw image, which L0 keeps in memory, so that its file stays as it is. With
 * disk=returned L0 tells on the data channel what the machine had changed when it ended:
 *   {"t":"disk","machine":0,"at":OFFSET,"size":BYTES,"data":BASE64}   zeros behind the data
 *   {"t":"disk","machine":0,"changed":BLOCKS,"of":BYTES}              that was all
 * The image with these changes takes its place whole or not at all.
 */
#define DISK_SECTOR    512u
#define DISK_BLOCK_MAX 4096u

struct disk_return {
	const char *target;
	char *work;      /* beside the target; NULL: none */
	int file;        /* of it */
	uint64_t size;   /* of the image */
	uint64_t blocks; /* that have come */
	bool bad;        /* a line was none of these, or could not be written */
	bool complete;
};

/* Complains about an image that is no disk. 0, or a status. */
int disk_check(const char *path);

/* A copy of @source beside @target, which must outlive it. 0, or a status after a complaint. */
int disk_begin(struct disk_return *disk, const char *source, const char *target);
void disk_take(struct disk_return *disk, const json_t *line);
/* The copy takes the target's place if L0 has told all; else it goes. 0, or a status after a line.
 */
int disk_end(struct disk_return *disk);
