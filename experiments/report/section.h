/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <jansson.h>
#include <stdio.h>

/*
 * One result on the page: title, figure, words, command, and its rows folded away. @object is its
 * result.json, @words the definition that has "about".
 */
void section_put(FILE *page, const json_t *object, const json_t *words, const char *directory);
