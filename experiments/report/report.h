/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One page, without anything outside of it, of the result in @directory or of those in the folders
 * of it: contents, the headline numbers, and a section for each. It takes the place @place only
 * when it is complete. 0, or a status after a complaint; *found is how many results there were.
 */
int report_write(const char *directory, const char *place, unsigned int *found);
