#include "base/clock.h"
#include "base/uuid.h"
#include "unit.h"

static const char example[] = "6ba7b810-9dad-41d1-80b4-00c04fd430c8";

static void test_round_trip(void **state)
{
	char text[UUID_TEXT_MAX], hex[UUID_HEX_MAX];
	struct uuid uuid;

	(void)state;
	assert_true(uuid_parse(example, &uuid));
	assert_string_equal(uuid_format(&uuid, text), example);
	assert_string_equal(uuid_format_hex(&uuid, hex), "6ba7b8109dad41d180b400c04fd430c8");
	assert_true(uuid_parse("6BA7B810-9DAD-41D1-80B4-00C04FD430C8", &uuid));
	assert_string_equal(uuid_format(&uuid, text), example);
}

static void test_strict(void **state)
{
	static const char *const wrong[] = {
		"",
		"6ba7b810",
		"6ba7b8109dad41d180b400c04fd430c8",
		"6ba7b810-9dad-41d1-80b4-00c04fd430c",
		"6ba7b810-9dad-41d1-80b4-00c04fd430c88",
		"6ba7b810-9dad-41d1-80b4-00c04fd430cg",
		"6ba7b810x9dad-41d1-80b4-00c04fd430c8",
		"{6ba7b810-9dad-41d1-80b4-00c04fd430c}",
		" 6ba7b810-9dad-41d1-80b4-00c04fd430c8",
		"6ba7b81-09dad-41d1-80b4-00c04fd430c8",
		"+ba7b810-9dad-41d1-80b4-00c04fd430c8",
	};
	struct uuid before, uuid;

	(void)state;
	assert_true(uuid_parse(example, &before));
	uuid = before;
	for (size_t i = 0; i < COUNT_OF(wrong); i++) {
		if (uuid_parse(wrong[i], &uuid))
			fail_msg("accepted: %s", wrong[i]);
		assert_true(uuid_equal(&before, &uuid));
	}
}

static void test_random(void **state)
{
	struct uuid a = uuid_random(), b = uuid_random();

	(void)state;
	assert_int_equal(uuid_version(&a), 4);
	assert_int_equal(a.bytes[8] & 0xc0, 0x80);
	assert_false(uuid_equal(&a, &b));
	assert_false(uuid_is_nil(&a));
}

/* Version 7 sorts by time (RFC 9562 section 5.7). */
static void test_at(void **state)
{
	struct uuid early = uuid_at(0x0123456789ab), late = uuid_at(0x0123456789ac);

	(void)state;
	assert_int_equal(uuid_version(&early), 7);
	assert_int_equal(early.bytes[8] & 0xc0, 0x80);
	assert_memory_equal(early.bytes, "\x01\x23\x45\x67\x89\xab", 6);
	assert_true(memcmp(early.bytes, late.bytes, sizeof(early.bytes)) < 0);
}

static void test_nil(void **state)
{
	struct uuid nil = {0}, one = {.bytes = {[15] = 1}};

	(void)state;
	assert_true(uuid_is_nil(&nil));
	assert_false(uuid_is_nil(&one));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip), cmocka_unit_test(test_strict),
		cmocka_unit_test(test_random),     cmocka_unit_test(test_at),
		cmocka_unit_test(test_nil),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
