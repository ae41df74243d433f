#include "base/networks.h"

#include <arpa/inet.h>
#include <string.h>

static const char separators[] = " \t,";
static const char shape[] = "must be addresses or networks such as 10.0.0.5, 10.0.0.0/8 or ::1";

enum { SHOWN_MAX = 60 }; /* bytes of an item in a message */

const char *networks_item(const char **cursor, size_t *ret_n)
{
	const char *item = *cursor + strspn(*cursor, separators);

	*ret_n = strcspn(item, separators);
	*cursor = item + *ret_n;
	return *ret_n ? item : NULL;
}

static bool parse_address(const char *text, struct network *ret_network)
{
	struct in6_addr six;
	struct network network = {0};

	if (inet_pton(AF_INET, text, network.bytes) == 1) {
		network.four = true;
		network.bits = 32;
	} else if (inet_pton(AF_INET6, text, &six) == 1) {
		memcpy(network.bytes, six.s6_addr, 16);
		network.bits = 128;
	} else {
		return false;
	}
	*ret_network = network;
	return true;
}

/* ::ffff:a.b.c.d/96 and up is a.b.c.d/0 and up. */
static void unmap(struct network *network)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

	if (network->four || network->bits < 96 || memcmp(network->bytes, mapped, 12) != 0)
		return;
	memmove(network->bytes, network->bytes + 12, 4);
	memset(network->bytes + 4, 0, 12);
	network->four = true;
	network->bits -= 96;
}

/* "8" up to 32 or 128; -1: none. */
static int parse_bits(const char *text, unsigned most)
{
	size_t digits = strspn(text, "0123456789");
	unsigned bits;

	if (!digits || digits > 3 || text[digits] || (digits > 1 && text[0] == '0'))
		return -1;
	bits = (unsigned)strtoul(text, NULL, 10);
	return bits <= most ? (int)bits : -1;
}

static uint8_t mask_of(unsigned bits, unsigned byte)
{
	if (bits >= byte * 8 + 8)
		return 0xff;
	return bits <= byte * 8 ? 0 : (uint8_t)(0xff00U >> (bits - byte * 8));
}

static bool has_bits_behind(const struct network *network)
{
	for (unsigned i = 0; i < 16; i++)
		if (network->bytes[i] & (uint8_t)~mask_of(network->bits, i))
			return i < 4 || !network->four;
	return false;
}

static enum error_code parse_item(const char *item, size_t n, struct network *ret_network,
                                  struct error *err)
{
	char text[INET6_ADDRSTRLEN + sizeof("/128")] = "";
	int shown = (int)(n > SHOWN_MAX ? SHOWN_MAX : n);
	char *slash;
	int bits;

	if (n >= sizeof(text))
		return error_set(err, ERROR_INVALID, NULL, "'%.*s' is none: %s", shown, item,
		                 shape);
	memcpy(text, item, n);
	slash = strchr(text, '/');
	if (slash)
		*slash = '\0';
	if (!parse_address(text, ret_network))
		return error_set(err, ERROR_INVALID, NULL, "'%.*s' is none: %s", shown, item,
		                 shape);
	if (slash) {
		bits = parse_bits(slash + 1, ret_network->bits);
		if (bits < 0)
			return error_set(err, ERROR_INVALID, NULL,
			                 "'%.*s': the length of its network must be 0 to %u", shown,
			                 item, ret_network->bits);
		ret_network->bits = (unsigned)bits;
	}
	unmap(ret_network);
	if (has_bits_behind(ret_network))
		return error_set(err, ERROR_INVALID, NULL,
		                 "'%.*s' is an address inside a network: write the network's own, "
		                 "such as 10.0.0.0/8, or the address alone",
		                 shown, item);
	return ERROR_OK;
}

enum error_code networks_parse(const char *text, struct networks *ret_networks, struct error *err)
{
	enum error_code code = ERROR_OK;
	const char *cursor = text, *item;
	size_t n;

	ret_networks->n = 0;
	while (code == ERROR_OK && (item = networks_item(&cursor, &n))) {
		if (ret_networks->n == NETWORKS_MAX)
			return error_set(err, ERROR_TOO_LARGE, NULL, "must be at most %d addresses",
			                 NETWORKS_MAX);
		code = parse_item(item, n, &ret_networks->items[ret_networks->n++], err);
	}
	if (code == ERROR_OK && !ret_networks->n)
		return error_set(err, ERROR_MISSING, NULL, "%s", shape);
	return code;
}

static bool match(const struct network *network, const struct network *address)
{
	if (network->four != address->four)
		return false;
	for (unsigned i = 0; i * 8 < network->bits; i++)
		if ((network->bytes[i] ^ address->bytes[i]) & mask_of(network->bits, i))
			return false;
	return true;
}

bool networks_match(const struct networks *networks, const char *address)
{
	struct network one;

	if (!parse_address(address, &one))
		return false;
	unmap(&one);
	for (size_t i = 0; i < networks->n; i++)
		if (match(&networks->items[i], &one))
			return true;
	return false;
}
