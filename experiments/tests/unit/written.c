// SPDX-License-Identifier: Apache-2.0
#include "lib/complain.h"
#include "lib/scratch.h"
#include "suites.h"
#include "written.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void written_begin(struct written *written)
{
	written->top = scratch_make();
	ck_assert_ptr_nonnull(written->top);
	written->target = text_format("%s/result", written->top);
	ck_assert_int_eq(result_begin(&written->result, written->target), 0);
}

void written_commit(struct written *written)
{
	ck_assert_int_eq(result_commit(&written->result), 0);
}

void written_has(const struct written *written, const char *name, const char *text)
{
	char *path = text_format("%s/%s", written->target, name);
	char *all = file_read(path);

	ck_assert_msg(all != NULL, "%s is not there", name);
	ck_assert_msg(strstr(all, text) != NULL, "%s lacks %s, has:\n%.4000s", name, text, all);
	free(all);
	free(path);
}

void written_lacks(const struct written *written, const char *name)
{
	char *path = text_format("%s/%s", written->target, name);

	ck_assert_msg(access(path, F_OK) != 0, "%s is there", name);
	free(path);
}

void written_end(struct written *written)
{
	scratch_remove(written->top);
	free(written->target);
	free(written->top);
}
