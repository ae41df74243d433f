/* How a phone that is us answers, and what we would offer. */
#include "oom.h"
#include "sip/sdp_codecs.h"
#include "sip/voice.h"
#include "unit.h"

#define HEAD "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n"

static struct sdp *read_offer(const char *audio)
{
	struct sdp *sdp;
	char body[1024];

	snprintf(body, sizeof(body), HEAD "%s", audio);
	assert_int_equal(sdp_read(body, strlen(body), false, &sdp, NULL), ERROR_OK);
	return sdp;
}

static bool says(const struct sdp *sdp, const char *line)
{
	const char *found = strstr(sdp->body, line);

	return found && (size_t)(found - sdp->body) < sdp->n;
}

static void answers_with_the_first_it_has(void **state)
{
	static const struct {
		const char *offer, *formats, *line;
	} rows[] = {
		{"m=audio 4000 RTP/AVP 8 0 101\r\na=rtpmap:101 telephone-event/8000\r\n",                "8 101",
	         "a=rtpmap:8 PCMA/8000\r\n"														 },
		{"m=audio 4000 RTP/AVP 0 8\r\n",							 "0",       "a=rtpmap:0 PCMU/8000\r\n"              },
		{"m=audio 4000 RTP/AVP 18 9 0\r\n",						      "9",       "a=rtpmap:9 G722/8000\r\n"              },
		{"m=audio 4000 RTP/AVP 111 110 0\r\na=rtpmap:111 OPUS/48000/2\r\n"
	         "a=fmtp:111 useinbandfec=1\r\na=rtpmap:110 telephone-event/48000\r\n", "111 110", "a=rtpmap:110 telephone-event/48000\r\n"},
 /* By name, whatever its number is; and with the one channel said. */
		{"m=audio 4000 RTP/AVP 97 3\r\na=rtpmap:97 pcmu/8000/1\r\n",                             "97",
	         "a=rtpmap:97 pcmu/8000/1\r\n"													      },
 /* A number that is another's. */
		{"m=audio 4000 RTP/AVP 96 8\r\na=rtpmap:96 speex/8000\r\n",                              "8",       "a=ptime:20\r\n"                        },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct sdp *offer = read_offer(rows[i].offer), *answer;

		assert_int_equal(voice_describe(offer, &answer), ERROR_OK);
		assert_int_equal(
			pl_strcmp(&answer->streams[answer->audio].formats, rows[i].formats), 0);
		assert_true(says(answer, rows[i].line));
		assert_int_equal(answer->direction, SDP_SENDRECV);
		mem_deref(offer);
		mem_deref(answer);
	}
}

static void says_so_when_nothing_is_common(void **state)
{
	struct sdp *offer = read_offer("m=audio 4000 RTP/AVP 18 3 101 13\r\n"
	                               "a=rtpmap:101 telephone-event/8000\r\n");
	struct sdp *answer = NULL;

	(void)state;
	assert_int_equal(voice_describe(offer, &answer), ERROR_NOT_FOUND);
	assert_null(answer);
	mem_deref(offer);
}

static void offers_all_it_has(void **state)
{
	struct sdp *offer;
	struct sdp_codec codecs[SDP_FORMATS_MAX];

	(void)state;
	assert_int_equal(voice_describe(NULL, &offer), ERROR_OK);
	assert_int_equal(sdp_codecs(offer, codecs), AUDIO_CODEC_COUNT + 1);
	for (int i = 0; i < AUDIO_CODEC_COUNT; i++)
		assert_int_equal(
			pl_strcmp(&codecs[i].name, audio_codec_facts((enum audio_codec)i)->rtpmap),
			0);
	assert_true(sdp_codec_is_events(&codecs[AUDIO_CODEC_COUNT]));
	mem_deref(offer);
}

static void music_is_what_the_names_say(void **state)
{
	const struct sound sound = {.directory = "tenant_a/b"};
	struct queue queue = {.music = MUSIC_SOUND, .sound = &sound};
	struct snapshot snapshot = {.hold_music = MUSIC_SILENCE};
	const struct voice_sound file = voice_of_queue(&queue);

	(void)state;
	assert_int_equal(file.kind, VOICE_FILE);
	assert_string_equal(file.directory, "tenant_a/b");
	queue.music = MUSIC_DEFAULT;
	assert_int_equal(voice_of_queue(&queue).kind, VOICE_DEFAULT);
	assert_int_equal(voice_of_hold(&snapshot).kind, VOICE_SILENCE);
	assert_int_equal(voice_of_sound(&sound).kind, VOICE_FILE);
}

static enum error_code describe(void *arg)
{
	struct sdp *answer = NULL;
	const enum error_code code = voice_describe(arg, &answer);

	mem_deref(answer);
	return code;
}

static void survives_without_memory(void **state)
{
	struct sdp *offer = read_offer("m=audio 4000 RTP/AVP 8 0 101\r\n");

	(void)state;
	assert_true(oom_check(describe, NULL) > 2);
	assert_true(oom_check(describe, offer) > 2);
	mem_deref(offer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_with_the_first_it_has),
		cmocka_unit_test(says_so_when_nothing_is_common),
		cmocka_unit_test(offers_all_it_has),
		cmocka_unit_test(music_is_what_the_names_say),
		cmocka_unit_test(survives_without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
