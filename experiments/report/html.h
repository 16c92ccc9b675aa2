/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "report/rows.h"

#include <stdio.h>

/* @text as text: nothing in it is markup. */
void html_text(FILE *page, const char *text);
/* The same in an element without attributes. */
void html_element(FILE *page, const char *tag, const char *text);
/* A number as people write it: groups of three; what is no number comes as it is. */
void html_number(FILE *page, const char *text);
/*
 * All of @rows as a table, folded away behind @title and how many they are. @peer is the title of
 * the result's peer, for its columns and cells.
 */
void html_rows(FILE *page, const struct rows *rows, const char *title, const char *peer);
