/* A form from a stranger: whatever it is, each value is text of a bounded length, and what is not
 * given is empty. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "base/text.h"
#include "freeswitch/form.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct form_field fields[] = {{.key = "key"}, {.key = "user"}, {.key = "domain"}};
	/* Exactly as long, so that a byte behind it is seen to be read. */
	AUTO(auto_free) char *form = malloc(size ? size : 1);
	bool good;

	if (!form)
		return 0;
	memcpy(form, data, size);
	good = form_read(form, size, fields, COUNT_OF(fields));
	for (size_t i = 0; i < COUNT_OF(fields); i++) {
		size_t n = strnlen(fields[i].value, sizeof(fields[i].value));

		if (n > FORM_VALUE_MAX || !text_is_utf8(fields[i].value, n) ||
		    (good && !fields[i].given && n))
			abort();
	}
	return 0;
}
