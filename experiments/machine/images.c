// SPDX-License-Identifier: Apache-2.0
#include "machine/images.h"
#include "lib/complain.h"
#include "lib/paths.h"
#include "lib/scratch.h"

#include <sha256.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct image images[] = {
	{"l0", ".build/l0/testudo.elf", "make l0", "the hypervisor"},
	{"linux", ".build/images/bzImage", "make images", "Debian's kernel, unmodified"},
	{"vmlinux", ".build/images/vmlinux", "make images",
	 "the ELF inside it, which need not unpack"},
	{"l1-micro", ".build/images/l1-micro.cpio", "make images", "L1's small initramfs"},
	{"l1-full", ".build/images/l1-full.cpio", "make images", "L1's initramfs with QEMU"},
	{"l1-build", ".build/images/l1-build.cpio", "make images", "the workloads as a whole"},
	{"l1-full-build", ".build/images/l1-full-build.cpio", "make images", "l1-full, and that"},
	{"l1-io", ".build/images/l1-io.cpio", "make images",
	 "L1, its peers: drivers, I/O programs"},
	{"l1-io-full", ".build/images/l1-io-full.cpio", "make images",
	 "l1-io, QEMU with PCI, an L2"},
	{"l2-io", ".build/images/l2-io.cpio", "make images", "that L2's initramfs"},
	{"disk", ".build/images/disk.img", "make images", "a disk to read: 4 MiB of zeros"},
	{"peer", ".build/images/peer.cpio", "make images", "KVM as L0, with L1 for its guest"},
	{"peer-io", ".build/images/peer-io.cpio", "make images", "l1-io-full as KVM as L0"},
	{"peer-engine", ".build/images/peer-engine.cpio", "make images", "Testudo under KVM"},
	{"micro", ".build/workloads/micro/micro.elf", "make micro", "the micro-benchmarks"},
	{NULL, NULL, NULL, NULL},
};

char *image_name(const char *text)
{
	size_t length = file_exists(text) ? strlen(text) : strcspn(text, " ");

	return text_format("%.*s", (int)length, text);
}

char *image_path(const char *name)
{
	const struct image *image = images;
	char *path;

	while (image->name && strcmp(image->name, name))
		image++;
	path = image->name ? tree_path(image->path) : text_format("%s", name);
	if (file_exists(path))
		return path;
	complain("%s is missing (%s); %s%s", name, path, image->name ? "build it with: " : "",
		 image->name ? image->remedy : "give an existing file");
	free(path);
	return NULL;
}

char *image_l1_words(void)
{
	char *path = tree_path("workloads/images/cmdline.l1");
	char *words = file_read(path);

	if (words)
		words[strcspn(words, "\n")] = '\0';
	else
		complain("%s cannot be read", path);
	free(path);
	return words;
}

char *image_checksum(const char *path)
{
	char digest[SHA256_DIGEST_STRING_LENGTH];

	return SHA256File(path, digest) ? text_format("%s", digest) : NULL;
}

void images_list(void)
{
	for (const struct image *image = images; image->name; image++)
		printf("  %-14s %s\n", image->name, image->about);
}
