/* Refer-To, Replaces and Refer-Sub from a stranger: read, and what is kept is what may be kept. */
#include <re.h>
#include <stdlib.h>
#include <string.h>

#include "sip/refer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is compared with our dialogs is whole, and plain text. */
static void check(const char *word, size_t size)
{
	const size_t n = strnlen(word, size);

	if (n == 0 || n == size)
		abort();
	for (size_t i = 0; i < n; i++)
		if (word[i] <= ' ' || word[i] >= 0x7f)
			abort();
}

static void check_replaces(const struct replaces *replaces)
{
	check(replaces->call_id, sizeof(replaces->call_id));
	check(replaces->to_tag, sizeof(replaces->to_tag));
	check(replaces->from_tag, sizeof(replaces->from_tag));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct pl value = {.p = (const char *)data, .l = size};
	struct replaces replaces;
	struct refer refer;
	bool wanted;

	if (replaces_read(&value, &replaces))
		check_replaces(&replaces);
	if (refer_read(&value, &refer) == 0) {
		if (strnlen(refer.user, sizeof(refer.user)) == sizeof(refer.user) ||
		    refer.host.p < value.p || refer.host.p + refer.host.l > value.p + value.l)
			abort();
		if (refer.has_replaces)
			check_replaces(&refer.replaces);
	}
	(void)!refer_sub_read(&value, &wanted);
	return 0;
}
