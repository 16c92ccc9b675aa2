// SPDX-License-Identifier: Apache-2.0
#include "machine/disk.h"
#include "lib/base64.h"
#include "lib/channel.h"
#include "lib/complain.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define COPY_BYTES 65536u

int disk_check(const char *path)
{
	struct stat status;

	if (stat(path, &status))
		return complain("the disk %s: %s; give an existing file", path, strerror(errno));
	if (!S_ISREG(status.st_mode) || !status.st_size || status.st_size % DISK_SECTOR)
		return complain("the disk %s has %lld bytes, which is no multiple of %u; make it "
				"longer with: truncate -s %%%u %s",
				path, (long long)status.st_size, DISK_SECTOR, DISK_SECTOR, path);
	return 0;
}

/* All of them, or false with errno. */
static bool write_at(int file, const void *bytes, size_t count, uint64_t at)
{
	ssize_t written = pwrite(file, bytes, count, (off_t)at);

	if (written >= 0 && (size_t)written < count)
		errno = ENOSPC;
	return written == (ssize_t)count;
}

static bool is_zero(const char *bytes, size_t count)
{
	return !bytes[0] && !memcmp(bytes, bytes + 1, count - 1);
}

/* Zeros are holes in it. False, with errno. */
static bool copy_bytes(int from, int to, uint64_t *size)
{
	char bytes[COPY_BYTES];
	ssize_t count;

	for (*size = 0; (count = read(from, bytes, sizeof(bytes))) > 0; *size += (uint64_t)count)
		if (!is_zero(bytes, (size_t)count) && !write_at(to, bytes, (size_t)count, *size))
			return false;
	return count == 0 && ftruncate(to, (off_t)*size) == 0;
}

static int cannot(const struct disk_return *disk, int problem)
{
	return complain("--disk-out: %s cannot be written: %s; give another place", disk->target,
			strerror(problem));
}

static void discard(struct disk_return *disk)
{
	if (disk->file >= 0)
		close(disk->file);
	if (disk->work)
		unlink(disk->work);
	free(disk->work);
	*disk = (struct disk_return){.file = -1};
}

/* With the rights that a file made here would have. */
static int make_copy(struct disk_return *disk, int source)
{
	mode_t mask = umask(0);

	umask(mask);
	disk->work = text_format("%s.new-XXXXXX", disk->target);
	disk->file = mkostemp(disk->work, O_CLOEXEC);
	if (disk->file < 0) {
		free(disk->work);
		disk->work = NULL;
	}
	return disk->file < 0 || fchmod(disk->file, 0666 & ~mask) ||
			       !copy_bytes(source, disk->file, &disk->size)
		       ? errno
		       : 0;
}

int disk_begin(struct disk_return *disk, const char *source, const char *target)
{
	struct stat status;
	int from, problem;

	*disk = (struct disk_return){.target = target, .file = -1};
	if (stat(target, &status) == 0 && !S_ISREG(status.st_mode))
		return complain("--disk-out: %s is not a file; give another place", target);
	from = open(source, O_RDONLY | O_CLOEXEC);
	problem = from < 0 ? errno : make_copy(disk, from);
	if (from >= 0)
		close(from);
	if (!problem)
		return 0;
	problem = cannot(disk, problem);
	discard(disk);
	return problem;
}

/* [@at, @at + @size) is the data and zeros; all of it on the disk. */
static bool take_block(const struct disk_return *disk, const json_t *line)
{
	uint8_t bytes[DISK_BLOCK_MAX] = {0};
	uint64_t at, size;

	if (!channel_number(line, "at", &at) || !channel_number(line, "size", &size) ||
	    size > sizeof(bytes) || at > disk->size || size > disk->size - at)
		return false;
	return base64_decode(channel_text(line, "data", "?"), bytes, (size_t)size) >= 0 &&
	       write_at(disk->file, bytes, (size_t)size, at);
}

void disk_take(struct disk_return *disk, const json_t *line)
{
	uint64_t changed, of;

	if (channel_number(line, "changed", &changed) && channel_number(line, "of", &of)) {
		disk->complete = changed == disk->blocks && of == disk->size;
		return;
	}
	disk->bad |= !take_block(disk, line);
	disk->blocks++;
}

static int refuse(struct disk_return *disk, const char *why)
{
	int status =
		give_up(STATUS_NO_RESULT, "--disk-out: %s is not written: %s", disk->target, why);

	discard(disk);
	return status;
}

int disk_end(struct disk_return *disk)
{
	if (disk->bad)
		return refuse(disk, "a changed block could not be taken");
	if (!disk->complete)
		return refuse(disk, "the machine did not end by itself, so its disk did not come");
	if (fsync(disk->file) || rename(disk->work, disk->target))
		return refuse(disk, strerror(errno));
	free(disk->work);
	disk->work = NULL;
	discard(disk);
	return 0;
}
