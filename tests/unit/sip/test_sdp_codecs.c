#include "oom.h"
#include "sip/sdp_codecs.h"
#include "unit.h"

#define HEAD "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n"

/* "8 0 96|96 opus/48000/2|101 telephone-event/8000|!sendonly": formats, rtpmaps, a direction. */
static struct sdp *describe(const char *text)
{
	char body[1024], copy[512];
	struct sdp *sdp = NULL;
	char *part, *rest = copy;
	int n;

	(void)snprintf(copy, sizeof(copy), "%s", text);
	part = strsep(&rest, "|");
	n = snprintf(body, sizeof(body), HEAD "m=audio 4000 RTP/AVP %s\r\n", part);
	while ((part = strsep(&rest, "|")))
		n += snprintf(body + n, sizeof(body) - (size_t)n, "a=%s%s\r\n",
		              *part == '!' ? "" : "rtpmap:", part + (*part == '!'));
	assert_int_equal(sdp_read(body, (size_t)n, false, &sdp, NULL), ERROR_OK);
	return sdp;
}

static void names_come_from_rtpmap_or_the_standard(void **state)
{
	struct sdp_codec codecs[SDP_FORMATS_MAX], same[SDP_FORMATS_MAX];
	struct sdp *sdp =
		describe("8 0 96 101 77|96 OPUS/48000/2|101 telephone-event/8000|0 L8/8000");
	struct sdp *other = describe("100 97|97 pcma/8000/1|100 opus/48000/2");

	(void)state;
	assert_int_equal(sdp_codecs(sdp, codecs), 5);
	assert_int_equal(pl_strcmp(&codecs[0].name, "PCMA/8000"), 0);
	assert_int_equal(pl_strcmp(&codecs[1].name, "L8/8000"), 0);
	assert_false(pl_isset(&codecs[4].name));
	assert_int_equal(codecs[4].number, 77);
	assert_true(sdp_codec_is_events(&codecs[3]));
	assert_true(sdp_codec_is_auxiliary(&codecs[3]));
	assert_false(sdp_codec_is_auxiliary(&codecs[2]));
	assert_int_equal(sdp_codecs(other, same), 2);
	assert_int_equal(sdp_codec_find(same, 2, &codecs[0])->number, 97);
	assert_int_equal(sdp_codec_find(same, 2, &codecs[2])->number, 100);
	assert_null(sdp_codec_find(same, 2, &codecs[1]));
	assert_null(sdp_codec_find(same, 2, &codecs[4]));
	mem_deref(sdp);
	mem_deref(other);
}

#define EVENTS "|101 telephone-event/8000"

/* What each phone said and was told ("+": the phone answered), and whether they may be joined. */
static const struct {
	const char *name;
	const char *a, *a_told;
	bool a_answered;
	const char *b, *b_told;
	bool b_answered;
	bool fit;
} pairs[] = {
  /* clang-format off */
	{"the same codec",
	 "8", "8", false, "8", "8", true, true},
	{"an offer of many, answered with one that the other has",
	 "9 8 0", "8", false, "8", "8 9 0", true, true},
	{"the answer prefers what the caller was not told",
	 "9 8 0", "8", false, "9 8", "8 9 0", true, false},
	{"disjoint",
	 "8", "8", false, "0", "0", true, false},
	{"the same codec at other numbers",
	 "96|96 opus/48000/2", "96|96 opus/48000/2", false,
	 "97|97 opus/48000/2", "97|97 opus/48000/2", true, false},
	{"each sends with the number of the other",
	 "96|96 opus/48000/2", "97|97 opus/48000/2", false,
	 "97|97 opus/48000/2", "96|96 opus/48000/2", true, true},
	{"one was put on hold",
	 "8|!recvonly", "8|!sendonly", true, "8", "8", true, false},
	{"keys at the same number",
	 "8 101" EVENTS, "8 101" EVENTS, false, "8 101" EVENTS, "8 101" EVENTS, true, true},
	{"keys at another number",
	 "8 101" EVENTS, "8 101" EVENTS, false,
	 "8 96|96 telephone-event/8000", "8 96|96 telephone-event/8000", true, false},
	{"one has no keys",
	 "8 101" EVENTS, "8 101" EVENTS, false, "8", "8", true, true},
	{"the first format is no speech",
	 "101 8" EVENTS, "101 8" EVENTS, false, "8", "8", true, true},
  /* clang-format on */
};

static void joined_when_each_understands_the_other(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(pairs); i++) {
		struct sdp *sdps[] = {describe(pairs[i].a), describe(pairs[i].a_told),
		                      describe(pairs[i].b), describe(pairs[i].b_told)};
		const struct sdp_agreed a = {sdps[0], sdps[1], pairs[i].a_answered};
		const struct sdp_agreed b = {sdps[2], sdps[3], pairs[i].b_answered};
		const struct sdp_agreed nothing = {sdps[2], NULL, true};

		if (sdp_fit(&a, &b) != pairs[i].fit || sdp_fit(&b, &a) != pairs[i].fit)
			fail_msg("%s", pairs[i].name);
		assert_false(sdp_fit(&a, &nothing));
		for (size_t k = 0; k < COUNT_OF(sdps); k++)
			mem_deref(sdps[k]);
	}
}

static const struct {
	const char *sdp;
	enum sdp_pick how;
	const char *wanted;
	const char *formats; /* NULL: ERROR_NOT_FOUND */
	size_t n_attributes;
} picks[] = {
  /* clang-format off */
	{"8 0 101" EVENTS,              SDP_PICK_ALL,   NULL,                       "8 0 101", 1},
	{"8 0 9",                       SDP_PICK_FIRST, "9",                        "9 8 0",   0},
	{"8 0 9",                       SDP_PICK_FIRST, "18",                       "8 0 9",   0},
	{"96 8|96 opus/48000/2",        SDP_PICK_ONLY,  "8 0",                      "8",       0},
	{"96 8|96 opus/48000/2",        SDP_PICK_ONLY,  "111 8|111 OPUS/48000/2",   "96 8",    1},
	{"96 8|96 opus/48000/2|!ptime:20", SDP_PICK_ONLY, "8",                      "8",       1},
	{"8 101" EVENTS,                SDP_PICK_ONLY,  "0 101" EVENTS,             NULL,      0},
	{"8",                           SDP_PICK_ONLY,  "0",                        NULL,      0},
  /* clang-format on */
};

static void a_copy_holds_what_was_picked(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(picks); i++) {
		struct sdp *sdp = describe(picks[i].sdp), *picked = NULL;
		struct sdp *wanted = picks[i].wanted ? describe(picks[i].wanted) : NULL;
		const enum error_code code =
			sdp_pick(sdp, picks[i].how, wanted, SDP_RECVONLY, &picked);

		mem_deref(sdp); /* the copy does without it */
		mem_deref(wanted);
		if (!picks[i].formats) {
			assert_int_equal(code, ERROR_NOT_FOUND);
			continue;
		}
		assert_int_equal(code, ERROR_OK);
		if (pl_strcmp(&picked->streams[0].formats, picks[i].formats))
			fail_msg("%s: %.*s", picks[i].sdp, (int)picked->streams[0].formats.l,
			         picked->streams[0].formats.p);
		assert_int_equal(picked->n_attributes, picks[i].n_attributes);
		assert_int_equal(picked->direction, SDP_RECVONLY);
		mem_deref(picked);
	}
}

static void the_longest_list_has_room(void **state)
{
	char text[SDP_FORMATS_MAX * 4 + 1] = "";
	struct sdp *sdp, *picked = NULL;
	struct sdp_codec codecs[SDP_FORMATS_MAX];

	(void)state;
	for (int i = 0; i < SDP_FORMATS_MAX; i++)
		(void)snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%d",
		               i ? " " : "", 127 - i);
	sdp = describe(text);
	assert_int_equal(sdp_pick(sdp, SDP_PICK_ALL, NULL, SDP_SENDRECV, &picked), ERROR_OK);
	assert_int_equal(sdp_codecs(picked, codecs), SDP_FORMATS_MAX);
	assert_int_equal(codecs[SDP_FORMATS_MAX - 1].number, 128 - SDP_FORMATS_MAX);
	mem_deref(picked);
	mem_deref(sdp);
}

static void directions_are_mirrored(void **state)
{
	(void)state;
	assert_int_equal(sdp_mirrored(SDP_SENDRECV), SDP_SENDRECV);
	assert_int_equal(sdp_mirrored(SDP_SENDONLY), SDP_RECVONLY);
	assert_int_equal(sdp_mirrored(SDP_RECVONLY), SDP_SENDONLY);
	assert_int_equal(sdp_mirrored(SDP_INACTIVE), SDP_INACTIVE);
}

static enum error_code pick_once(void *arg)
{
	struct sdp *picked = NULL;
	const enum error_code code = sdp_pick(arg, SDP_PICK_ALL, NULL, SDP_SENDRECV, &picked);

	mem_deref(picked);
	return code;
}

static void without_memory_there_is_no_copy(void **state)
{
	struct sdp *sdp = describe("8 0");

	(void)state;
	assert_int_equal(oom_check(pick_once, sdp), 1);
	mem_deref(sdp);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_come_from_rtpmap_or_the_standard),
		cmocka_unit_test(joined_when_each_understands_the_other),
		cmocka_unit_test(a_copy_holds_what_was_picked),
		cmocka_unit_test(the_longest_list_has_room),
		cmocka_unit_test(directions_are_mirrored),
		cmocka_unit_test(without_memory_there_is_no_copy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
