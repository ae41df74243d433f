#include "base/uuid.h"

#include <sodium.h>
#include <string.h>

#include "base/text.h"

static void uuid_stamp(struct uuid *uuid, unsigned version)
{
	uuid->bytes[6] = (uint8_t)((uuid->bytes[6] & 0x0fU) | version << 4);
	uuid->bytes[8] = (uint8_t)((uuid->bytes[8] & 0x3fU) | 0x80U);
}

struct uuid uuid_random(void)
{
	struct uuid uuid;

	randombytes_buf(uuid.bytes, sizeof(uuid.bytes));
	uuid_stamp(&uuid, 4);
	return uuid;
}

struct uuid uuid_at(int64_t unix_time_ms)
{
	struct uuid uuid = uuid_random();

	for (int i = 0; i < 6; i++)
		uuid.bytes[i] = (uint8_t)(unix_time_ms >> (8 * (5 - i)));
	uuid_stamp(&uuid, 7);
	return uuid;
}

bool uuid_parse(const char *text, struct uuid *ret_uuid)
{
	struct uuid uuid;
	size_t byte = 0;

	if (strnlen(text, UUID_TEXT_MAX) != UUID_TEXT_MAX - 1)
		return false;
	for (size_t i = 0; i < UUID_TEXT_MAX - 1;) {
		int high, low;

		if (i == 8 || i == 13 || i == 18 || i == 23) {
			if (text[i++] != '-')
				return false;
			continue;
		}
		high = text_hex_value(text[i]);
		low = text_hex_value(text[i + 1]);
		if (high < 0 || low < 0)
			return false;
		uuid.bytes[byte++] = (uint8_t)(high << 4 | low);
		i += 2;
	}
	*ret_uuid = uuid;
	return true;
}

const char *uuid_format_hex(const struct uuid *uuid, char buffer[static UUID_HEX_MAX])
{
	sodium_bin2hex(buffer, UUID_HEX_MAX, uuid->bytes, sizeof(uuid->bytes));
	return buffer;
}

const char *uuid_format(const struct uuid *uuid, char buffer[static UUID_TEXT_MAX])
{
	static const size_t group_bytes[] = {4, 2, 2, 2, 6};
	const uint8_t *byte = uuid->bytes;
	char *out = buffer;

	for (size_t g = 0; g < COUNT_OF(group_bytes); g++) {
		char group[13];

		sodium_bin2hex(group, sizeof(group), byte, group_bytes[g]);
		if (g)
			*out++ = '-';
		memcpy(out, group, group_bytes[g] * 2);
		out += group_bytes[g] * 2;
		byte += group_bytes[g];
	}
	*out = '\0';
	return buffer;
}

bool uuid_equal(const struct uuid *a, const struct uuid *b)
{
	return memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

bool uuid_is_nil(const struct uuid *uuid)
{
	static const struct uuid nil;

	return uuid_equal(uuid, &nil);
}

int uuid_version(const struct uuid *uuid)
{
	return uuid->bytes[6] >> 4;
}
