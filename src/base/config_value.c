#include "base/config_value.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

static enum error_code parse_number(const struct config_row *row, const char *text,
                                    int64_t *ret_number, struct error *err)
{
	size_t digits = strspn(text, "0123456789");
	long long number;

	errno = 0;
	number = digits ? strtoll(text, NULL, 10) : 0;
	if (!digits || text[digits] || errno || number < row->least || number > row->most)
		return error_set(err, ERROR_INVALID, row->name,
		                 "must be a whole number from %lld to %lld", (long long)row->least,
		                 (long long)row->most);
	*ret_number = number;
	return ERROR_OK;
}

static enum error_code parse_switch(const struct config_row *row, const char *text,
                                    int64_t *ret_number, struct error *err)
{
	static const struct {
		const char *word;
		bool on;
	} words[] = {
		{"yes",   true },
                {"no",    false},
                {"true",  true },
                {"false", false},
		{"on",    true },
                {"off",   false},
                {"1",     true },
                {"0",     false}
        };

	for (size_t i = 0; i < COUNT_OF(words); i++) {
		if (strcmp(text, words[i].word) == 0) {
			*ret_number = words[i].on;
			return ERROR_OK;
		}
	}
	return error_set(err, ERROR_INVALID, row->name, "must be yes or no");
}

static enum error_code check_choice(const struct config_row *row, const char *text,
                                    struct error *err)
{
	size_t n = strlen(text);

	for (const char *word = row->choices; *word;) {
		size_t length = strcspn(word, " ");

		if (length == n && memcmp(word, text, n) == 0)
			return ERROR_OK;
		word += length + (word[length] == ' ');
	}
	return error_set(err, ERROR_INVALID, row->name, "must be one of: %s", row->choices);
}

static enum error_code check_address(const struct config_row *row, const char *text,
                                     struct error *err)
{
	struct in6_addr address;

	if (inet_pton(AF_INET, text, &address) == 1 || inet_pton(AF_INET6, text, &address) == 1)
		return ERROR_OK;
	return error_set(err, ERROR_INVALID, row->name,
	                 "must be an IP address such as 127.0.0.1 or ::1");
}

static enum error_code make_absolute(const char *text, char **ret_value, struct error *err)
{
	AUTO(auto_free) char *here = NULL;
	AUTO(text_clear) struct text path = {0};

	if (text[0] != '/') {
		here = getcwd(NULL, 0);
		if (!here)
			return error_errno(err, "tell the working directory");
		text_addf(&path, "%s/", strcmp(here, "/") == 0 ? "" : here);
		while (strncmp(text, "./", 2) == 0)
			text += 2;
		if (strcmp(text, ".") == 0)
			text = "";
	}
	text_add(&path, text);
	while (!path.failed && path.length > 1 && path.data[path.length - 1] == '/')
		path.data[--path.length] = '\0';
	*ret_value = text_take(&path);
	return *ret_value ? ERROR_OK : error_set(err, ERROR_MEMORY, NULL, NULL);
}

static enum error_code check_text(const struct config_row *row, const char *text, struct error *err)
{
	size_t n = strnlen(text, CONFIG_VALUE_MAX + 1);

	if (n > CONFIG_VALUE_MAX)
		return error_set(err, ERROR_TOO_LARGE, row->name, "is longer than %d bytes",
		                 CONFIG_VALUE_MAX);
	if (!text_is_utf8(text, n))
		return error_set(err, ERROR_INVALID, row->name, "is not UTF-8 text");
	for (size_t i = 0; i < n; i++) {
		if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
			return error_set(err, ERROR_INVALID, row->name,
			                 "must not contain control characters");
	}
	if (!n && row->preset[0])
		return error_set(err, ERROR_INVALID, row->name, "must not be empty");
	return ERROR_OK;
}

enum error_code config_value_parse(const struct config_row *row, const char *text, char **ret_value,
                                   int64_t *ret_number, struct error *err)
{
	enum error_code code = check_text(row, text, err);
	int64_t number = 0;

	if (code == ERROR_OK && text[0]) {
		switch (row->type) {
		case CONFIG_NUMBER:
			code = parse_number(row, text, &number, err);
			break;
		case CONFIG_SWITCH:
			code = parse_switch(row, text, &number, err);
			text = number ? "yes" : "no";
			break;
		case CONFIG_CHOICE:
			code = check_choice(row, text, err);
			break;
		case CONFIG_ADDRESS:
			code = check_address(row, text, err);
			break;
		case CONFIG_PATH:
			*ret_number = 0;
			return make_absolute(text, ret_value, err);
		case CONFIG_TEXT:
		case CONFIG_SECRET:
		case CONFIG_PASSWORD:
			break;
		}
	}
	if (code != ERROR_OK)
		return code;
	*ret_value = strdup(text);
	if (!*ret_value)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	*ret_number = number;
	return ERROR_OK;
}

/* How many bytes of value are user:password@ of a URL; 0: no such part. The last @ counts: a
 * password with an @ in it must not show its tail. */
static size_t url_login(const char *value)
{
	const char *at = strrchr(value, '@');

	return at ? (size_t)(at - value) + 1 : 0;
}

/* The length of a conninfo value or a query parameter at text. */
static size_t secret_length(const char *text, bool url)
{
	size_t n = 0;

	if (url)
		return strcspn(text, "&");
	if (text[0] != '\'')
		return strcspn(text, " \t");
	for (n = 1; text[n] && text[n] != '\''; n++) {
		if (text[n] == '\\' && text[n + 1])
			n++;
	}
	return n + (text[n] == '\'');
}

void config_value_mask(const char *value, struct text *out)
{
	const char *scheme = strstr(value, "://");
	bool url = scheme != NULL;

	if (url) {
		size_t login = url_login(scheme + 3);
		size_t user = strcspn(scheme + 3, ":@");

		text_add_n(out, value, (size_t)(scheme + 3 - value));
		value = scheme + 3;
		if (login && user + 1 < login) {
			text_add_n(out, value, user);
			text_add(out, ":***@");
			value += login;
		}
	}
	while (*value) {
		if (strncasecmp(value, "password", 8) == 0) {
			size_t name = 8 + strspn(value + 8, " \t");

			if (value[name] == '=') {
				name += 1 + strspn(value + name + 1, " \t");
				text_add(out, "password=***");
				value += name + secret_length(value + name, url);
				continue;
			}
		}
		text_add_char(out, *value++);
	}
}
