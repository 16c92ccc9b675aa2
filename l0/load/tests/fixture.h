/* SPDX-License-Identifier: Apache-2.0 */
/*
 * L1's RAM and the files that are to be loaded into it are blocks of the heap of exactly their
 * size, so that the sanitizer is the judge of what lies outside.
 */
#ifndef TESTS_FIXTURE_H
#define TESTS_FIXTURE_H

#include <check.h>
#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "boot/boot.h"
#include "boot/multiboot.h"
#include "memory/ram.h"
#include "vcpu/vmcs01.h"
#include "load/load.h"
#include "load/multiboot2.h"

#define RAM_BYTES   (4u << 20)
#define IMAGE_BYTES 16384u
#define MODULES     4u
#define ROUNDS      20000u

extern struct ram ram;
extern uint8_t *image;                     /* IMAGE_BYTES, all zero before each test */
extern struct boot_module module[MODULES]; /* [0] is the image, the others 100 bytes each */
extern struct entry_state entry;           /* of the last try */
extern unsigned said;                      /* lines, so far */
extern char last_line[200];

void setup(void);
void teardown(void);

/* Loads the first @modules; if that is refused there must be a line. */
bool try_load(unsigned modules);

/* Refused with a line that has @words in it. */
void must_refuse(const char *words);

/* L1's memory; the test ends if it is not all RAM. */
void *guest(uint64_t gpa, uint64_t size);

uint64_t next_random(void);
/* Small, near a power of two, or anything: what breaks sums and comparisons. */
uint64_t nasty(void);

/* An ELF file with one segment at the image's end: @bytes of it, which count up from 1. */
#define SEGMENT_OFFSET (IMAGE_BYTES - 4096u)
void make_elf64(uint64_t vaddr, uint64_t paddr, uint64_t bytes, uint64_t at);
void make_elf32(uint32_t vaddr, uint32_t paddr, uint32_t bytes, uint32_t at);

/* Headers at the given offset of the image. */
#define HEADER_OFFSET 1024u
struct multiboot_header *put_header1(uint32_t flags);

TCase *layout_cases(void);
TCase *hostile_cases(void);
TCase *linux_cases(void);
TCase *multiboot_cases(void);
TCase *multiboot2_cases(void);
TCase *bios_cases(void);

#endif
