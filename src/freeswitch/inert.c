#include "freeswitch/inert.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

enum { INERT_MAX = REFUSED_NAME_MAX };

bool inert(const char *text)
{
	size_t n = strnlen(text, INERT_MAX + 1);

	if (!n || n > INERT_MAX || !text_is_utf8(text, n) || text[strcspn(text, INERT_REFUSED)])
		return false;
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
			return false;
	return !strchr(text, '-') || !strcasestr(text, "x-pre-process");
}

bool inert_name(const char *name, const char *domain, char ret_name[static INERT_NAME_MAX])
{
	if (!inert(name) || !inert(domain))
		return false;
	return snprintf(ret_name, INERT_NAME_MAX, "%s@%s", name, domain) < INERT_NAME_MAX;
}

bool inert_split(const char *full, char ret_name[static INERT_NAME_MAX],
                 char ret_domain[static DOMAIN_MAX])
{
	const char *at = strrchr(full, '@');
	size_t n = at ? (size_t)(at - full) : 0;

	if (!n || n >= INERT_NAME_MAX || strlen(at + 1) >= DOMAIN_MAX)
		return false;
	memcpy(ret_name, full, n);
	ret_name[n] = '\0';
	memcpy(ret_domain, at + 1, strlen(at + 1) + 1);
	return inert(ret_name) && inert(ret_domain);
}
