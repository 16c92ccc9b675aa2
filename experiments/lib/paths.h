/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Where things are. The tree's top is three levels above the program, which is built as
 * .build/experiments/testudo; the cache is outside the tree. Callers free what they get.
 */
const char *tree_top(void);
char *tree_path(const char *below);
char *cache_path(const char *below);
