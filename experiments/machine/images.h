/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The files that runs are made of, by short names that tables and definitions use. A name that is
 * none of them is a path.
 */
struct image {
	const char *name;
	const char *path;   /* below the tree */
	const char *remedy; /* the make target that builds it */
	const char *about;
};

extern const struct image images[];

/* The file of "FILE" or "FILE WORDS": the whole text where a file is called so. The caller frees
 * it. */
char *image_name(const char *text);
/* The path of @name, which the caller frees; NULL after a complaint when it is not there. */
char *image_path(const char *name);
/* The kernel command line that the image's own folder recommends for L1; the caller frees it. */
char *image_l1_words(void);
/* The SHA-256 of a file as hex, which the caller frees; NULL when it cannot be read. */
char *image_checksum(const char *path);
/* Each image with what it is, on the terminal; and what L1's init can do, by the files of its own
 * actions. */
void images_list(void);
void actions_list(void);
