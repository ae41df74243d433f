#include "sip/refer.h"

#include "sip/address.h"

enum { HEADER_NAME_MAX = 32, HEADER_VALUE_MAX = 640 };

/* Up to a separator, which is taken too; false: nothing is left. */
static bool take_part(struct pl *rest, char separator, struct pl *ret_part)
{
	const char *end;

	if (!rest->p)
		return false;
	end = rest->l ? memchr(rest->p, separator, rest->l) : NULL;
	*ret_part = (struct pl){.p = rest->p, .l = end ? (size_t)(end - rest->p) : rest->l};
	*rest = end ? (struct pl){.p = end + 1, .l = rest->l - ret_part->l - 1} : (struct pl){0};
	return true;
}

/* name [ "=" value ], without white space around either. */
static struct pl take_name(struct pl *part)
{
	struct pl name;

	(void)take_part(part, '=', &name);
	*part = address_trim(*part);
	return address_trim(name);
}

/* Visible ASCII that fits; it is compared, and never goes out. */
static bool copy_word(char *to, size_t size, const struct pl *from)
{
	if (from->l == 0 || from->l >= size)
		return false;
	for (size_t i = 0; i < from->l; i++)
		if (from->p[i] <= ' ' || from->p[i] >= 0x7f)
			return false;
	memcpy(to, from->p, from->l);
	to[from->l] = '\0';
	return true;
}

static bool copy_once(char to[static DIALOG_TAG_MAX], const struct pl *tag)
{
	return to[0] == '\0' && copy_word(to, DIALOG_TAG_MAX, tag);
}

bool replaces_read(const struct pl *value, struct replaces *ret_replaces)
{
	struct replaces replaces = {0};
	struct pl rest = *value, part;

	if (!take_part(&rest, ';', &part))
		return false;
	part = address_trim(part);
	if (!copy_word(replaces.call_id, sizeof(replaces.call_id), &part))
		return false;
	while (take_part(&rest, ';', &part)) {
		const struct pl name = take_name(&part);

		if (name.l == 0)
			return false;
		if (!pl_strcasecmp(&name, "to-tag")) {
			if (!copy_once(replaces.to_tag, &part))
				return false;
		} else if (!pl_strcasecmp(&name, "from-tag")) {
			if (!copy_once(replaces.from_tag, &part))
				return false;
		} else if (!pl_strcasecmp(&name, "early-only")) {
			if (replaces.early_only || part.p)
				return false;
			replaces.early_only = true;
		}
	}
	if (!replaces.to_tag[0] || !replaces.from_tag[0])
		return false;
	*ret_replaces = replaces;
	return true;
}

static bool unescape(const struct pl *text, char *to, size_t room)
{
	return text->l == 0 ? (to[0] = '\0', true)
	                    : text_percent_decode(text->p, text->l, false, to, room) >= 0;
}

/* One header that the URI wants in the INVITE; a SIP status, 0: it may be there. */
static uint16_t read_header(struct pl part, struct refer *refer)
{
	const struct pl escaped = take_name(&part);
	char name[HEADER_NAME_MAX + 1], value[HEADER_VALUE_MAX + 1];
	struct pl text;

	if (!unescape(&escaped, name, HEADER_NAME_MAX) || !unescape(&part, value, HEADER_VALUE_MAX))
		return 400;
	if (!str_casecmp(name, "Referred-By"))
		return 0;
	if (!str_casecmp(name, "Require"))
		return str_casecmp(value, "replaces") ? 403 : 0;
	if (str_casecmp(name, "Replaces"))
		return 403;
	pl_set_str(&text, value);
	if (refer->has_replaces || !replaces_read(&text, &refer->replaces))
		return 400;
	refer->has_replaces = true;
	return 0;
}

uint16_t refer_read(const struct pl *value, struct refer *ret_refer)
{
	struct refer refer = {0};
	struct sip_addr address;
	struct pl method, rest, part;

	if (!address_read(value, &address))
		return 400;
	if (pl_strcasecmp(&address.uri.scheme, "sip") && pl_strcasecmp(&address.uri.scheme, "sips"))
		return 416;
	if (address_param(&address.uri.params, "method", &method) &&
	    pl_strcmp(&method, "INVITE") != 0)
		return 403;
	if (!unescape(&address.uri.user, refer.user, sizeof(refer.user) - 1))
		return 400;
	refer.host = address.uri.host;
	refer.af = address.uri.af;
	rest = address.uri.headers;
	if (rest.l > 0) { /* with its "?" */
		rest.p++;
		rest.l--;
		while (take_part(&rest, '&', &part)) {
			const uint16_t status = read_header(part, &refer);

			if (status)
				return status;
		}
	}
	*ret_refer = refer;
	return 0;
}

bool refer_sub_read(const struct pl *value, bool *ret_wanted)
{
	struct pl rest = *value, word;

	if (!take_part(&rest, ';', &word))
		return false;
	word = address_trim(word);
	if (pl_strcasecmp(&word, "true") && pl_strcasecmp(&word, "false"))
		return false;
	*ret_wanted = !pl_strcasecmp(&word, "true");
	return true;
}
