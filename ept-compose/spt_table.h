/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside the library: shadow tables, each under the key that says what it stands for.
 *
 * Two walks that come to the same table of the guest's, at the same linear addresses, with the same
 * rights on the way and the same registers, need the same shadow table: it is there once, however
 * many entries point to it. Beside each table lie the guest's entries that its own were made from:
 *
 *	   a table of the guest's            seen             shadow table
 *	  +----------------------+    +----------------+    +----------------+
 *	i | gpa, rights, A, D    | == | the same       | -> | hpa, rights    |  in line: it stays
 *	j | changed since        | != | as it was      | -> | stale          |  it goes
 *	  +----------------------+    +----------------+    +----------------+
 */
#ifndef SPT_TABLE_H
#define SPT_TABLE_H

#include "spt.h"

#define SPT_NO_TABLE UINT64_MAX /* no table of the guest's: part of a larger page of it */
#define SPT_WORDS    8u         /* of 64 bits: one for each entry */

struct spt_key {
	uint64_t table;  /* guest-physical address of the guest's table, or SPT_NO_TABLE */
	uint64_t linear; /* the first address that it translates */
	uint32_t role;   /* level, mode, registers and rights: spt_role() */
};

/* One for each page of the pool; of use for those that are tables. */
struct spt_table {
	struct spt_key key;
	uint32_t refs;            /* entries that point to it */
	uint32_t next;            /* with the same hash: page number, 0 is the end */
	uint32_t counted;         /* by spt_tables_count(): its number of the count */
	const void *guest;        /* the guest's table, by EPT01; NULL where nothing is */
	uint64_t seen;            /* hpa of the guest's entries, 0 for SPT_NO_TABLE */
	uint64_t used[SPT_WORDS]; /* which entries are present */
};

/* Bytes that the descriptors of so many pages take. */
uint64_t spt_tables_size(uint32_t pages);

uint32_t spt_role(const struct spt_registers *regs, unsigned level, uint64_t rights);

/* A new table, to which no entry points; 0: there is no page for it. */
uint64_t spt_table_make(struct spt *spt, const struct ept01 *ept01, const struct spt_key *key);

/* The table of this key, in line with the guest's; made if it is not there, or 0. */
uint64_t spt_table_get(struct spt *spt, const struct ept01 *ept01, const struct spt_key *key);

/* Is the table at @hpa the one for this key? */
bool spt_table_is(const struct spt *spt, uint64_t hpa, const struct spt_key *key);

unsigned spt_table_level(const struct spt *spt, uint64_t hpa);

/* Is it a part of a larger page of the guest's? */
bool spt_table_is_part(const struct spt *spt, uint64_t hpa);

/* Was entry @index made from the guest's entry @seen? True where there is no table of the guest's.
 */
bool spt_table_seen_is(const struct spt *spt, uint64_t hpa, unsigned index, uint64_t seen);

/*
 * Entry @index of the table at @hpa becomes @entry, made from the guest's entry @seen. What it
 * pointed to goes back to the pool if nothing else points there.
 */
void spt_table_set(struct spt *spt, uint64_t hpa, unsigned index, uint64_t entry, uint64_t seen);

/* Takes an entry out, if there is one. */
void spt_table_clear(struct spt *spt, uint64_t hpa, unsigned index);

/* Takes out all entries. */
void spt_table_empty(struct spt *spt, uint64_t hpa);

/* Gives back a table to which no entry points. */
void spt_table_free(struct spt *spt, uint64_t hpa);

/* Takes out what the guest has changed, in the table at @hpa and all below it. */
void spt_table_sync(struct spt *spt, uint64_t hpa);

/* Pages of the table at @hpa and of all below it that this count (a number never used before) has
 * not met. */
uint32_t spt_tables_count(const struct spt *spt, uint64_t hpa, uint32_t count);

#endif
