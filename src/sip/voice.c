#include "sip/voice.h"

#include "sip/sdp_codecs.h"

/* What we offer by ourselves: the numbers of what has none of its own. */
enum { OPUS_NUMBER = 96, EVENTS_NUMBER = 101, MIB = 1024 * 1024 };

struct voices {
	struct tracks *tracks;
};

enum error_code voices_open(struct engine *engine, struct voices **ret_voices, struct error *err)
{
	const int64_t mib = config_number(engine->config, CONFIG_MEDIA_MEMORY_MIB);
	AUTO(text_clear) struct text media = {0};
	struct voices *voices = calloc(1, sizeof(*voices));
	enum error_code code;

	text_addf(&media, "%s/media", config_text(engine->config, CONFIG_STATE));
	code = voices && !media.failed
	               ? tracks_open(media.data, (size_t)mib * MIB, &voices->tracks, err)
	               : error_set(err, ERROR_MEMORY, NULL, NULL);
	if (code) {
		free(voices);
		return code;
	}
	*ret_voices = voices;
	return ERROR_OK;
}

void voices_close(struct voices *voices)
{
	if (voices)
		tracks_close(voices->tracks);
	free(voices);
}

void voices_figures(const struct voices *voices, struct tracks_figures *ret_figures)
{
	tracks_figures(voices->tracks, ret_figures);
}

/* ---- which codec ---- */

static struct sdp_codec own_codec(enum audio_codec codec)
{
	const struct audio_codec_facts *facts = audio_codec_facts(codec);
	struct sdp_codec own = {.number = facts->payload_type < 0 ? OPUS_NUMBER
	                                                          : (unsigned)facts->payload_type};

	pl_set_str(&own.name, facts->rtpmap);
	return own;
}

static bool codec_of(const struct sdp_codec *theirs, enum audio_codec *ret_codec)
{
	for (int i = 0; i < AUDIO_CODEC_COUNT; i++) {
		const struct sdp_codec own = own_codec((enum audio_codec)i);

		if (sdp_codec_same(&own, theirs)) {
			*ret_codec = (enum audio_codec)i;
			return true;
		}
	}
	return false;
}

/* What is sent to the phone: the first that we have, in the order of whoever answered; with the
 * number by which the phone knows it. */
static bool choose(const struct leg *leg, enum audio_codec *ret_codec, uint8_t *ret_number)
{
	const struct sdp *order = leg->phone_answered || !leg->told ? leg->remote : leg->told;
	struct sdp_codec theirs[SDP_FORMATS_MAX], wanted[SDP_FORMATS_MAX];
	const size_t n_theirs = leg->remote ? sdp_codecs(leg->remote, theirs) : 0;
	const size_t n_wanted = leg->remote ? sdp_codecs(order, wanted) : 0;

	for (size_t i = 0; i < n_wanted; i++) {
		const struct sdp_codec *same = sdp_codec_find(theirs, n_theirs, &wanted[i]);

		if (same && codec_of(same, ret_codec)) {
			*ret_number = (uint8_t)same->number;
			return true;
		}
	}
	return false;
}

/* ---- our description ---- */

static void add_format(struct text *formats, struct text *lines, const struct sdp_codec *codec)
{
	text_addf(formats, " %u", codec->number);
	text_addf(lines, "a=rtpmap:%u %.*s\r\n", codec->number, (int)codec->name.l, codec->name.p);
	if (sdp_codec_is_events(codec))
		text_addf(lines, "a=fmtp:%u 0-16\r\n", codec->number);
}

static bool answer_formats(const struct sdp *offer, struct text *formats, struct text *lines)
{
	struct sdp_codec theirs[SDP_FORMATS_MAX];
	const size_t n = sdp_codecs(offer, theirs);
	enum audio_codec codec;
	size_t first = 0;

	while (first < n && !codec_of(&theirs[first], &codec))
		first++;
	if (first == n)
		return false;
	add_format(formats, lines, &theirs[first]);
	for (size_t i = 0; i < n; i++) {
		if (sdp_codec_is_events(&theirs[i]))
			add_format(formats, lines, &theirs[i]);
	}
	return true;
}

static void offer_formats(struct text *formats, struct text *lines)
{
	struct sdp_codec events = {.number = EVENTS_NUMBER};

	for (int i = 0; i < AUDIO_CODEC_COUNT; i++) {
		const struct sdp_codec own = own_codec((enum audio_codec)i);

		add_format(formats, lines, &own);
	}
	pl_set_str(&events.name, "telephone-event/8000");
	add_format(formats, lines, &events);
}

/* Addresses and ports are put in by whoever sends it (sip/sdp.h). */
enum error_code voice_describe(const struct sdp *offer, struct sdp **ret_sdp)
{
	AUTO(text_clear) struct text formats = {0};
	AUTO(text_clear) struct text lines = {0};
	AUTO(text_clear) struct text body = {0};

	if (!offer)
		offer_formats(&formats, &lines);
	else if (!answer_formats(offer, &formats, &lines))
		return ERROR_NOT_FOUND;
	text_addf(&body,
	          "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
	          "m=audio 9 RTP/AVP%s\r\n%sa=ptime:%d\r\n",
	          text_string(&formats), text_string(&lines), AUDIO_FRAME_MS);
	if (formats.failed || lines.failed || body.failed)
		return ERROR_MEMORY;
	return sdp_read(body.data, body.length, false, ret_sdp, NULL);
}

/* ---- playing ---- */

static enum error_code play(struct leg *leg, const struct voice_sound *sound, bool once);

/* A file that cannot be played is no reason for somebody who waits to hear nothing. Where not even
 * the default music has room in memory he does: to ask for it at every tick would help nobody. */
static void on_played(bool whole, void *arg)
{
	const struct voice_sound music = {.kind = VOICE_DEFAULT};
	struct leg *leg = arg;

	if (leg->voice.once) {
		if (leg->voice.done)
			leg->voice.done(whole, leg->voice.arg);
	} else if (!leg->voice.replaced) {
		leg->voice.replaced = true;
		(void)!play(leg, &music, false);
	}
}

static enum error_code play(struct leg *leg, const struct voice_sound *sound, bool once)
{
	struct tracks *tracks = leg->table->engine->voices->tracks;
	struct media_sound media = {.once = once};
	enum audio_codec codec;
	enum error_code code;

	if (!leg->media || !choose(leg, &codec, &media.payload_type))
		return ERROR_NOT_FOUND;
	code = track_get(tracks, codec, sound, &media.track);
	if (code)
		return code;
	media.silence = track_silence(tracks, codec);
	code = media_leg_play(leg->media, &media, on_played, leg);
	track_unref(media.track);
	return code;
}

enum error_code voice_play(struct leg *leg, const struct voice_sound *sound, bool once,
                           voice_done_h *done, void *arg)
{
	leg->voice.once = once;
	leg->voice.replaced = false;
	leg->voice.done = done;
	leg->voice.arg = arg;
	return play(leg, sound, once);
}

void voice_stop(struct leg *leg)
{
	if (leg->media)
		media_leg_stop(leg->media);
}

static struct voice_sound of_music(enum queue_music music, const struct sound *sound)
{
	switch (music) {
	case MUSIC_SILENCE:
		return (struct voice_sound){.kind = VOICE_SILENCE};
	case MUSIC_SOUND:
		return voice_of_sound(sound);
	case MUSIC_DEFAULT:
		break;
	}
	return (struct voice_sound){.kind = VOICE_DEFAULT};
}

struct voice_sound voice_of_queue(const struct queue *queue)
{
	return of_music(queue->music, queue->sound);
}

struct voice_sound voice_of_hold(const struct snapshot *snapshot)
{
	return of_music(snapshot->hold_music, snapshot->hold_sound);
}

struct voice_sound voice_of_sound(const struct sound *sound)
{
	return (struct voice_sound){.kind = VOICE_FILE, .directory = sound->directory};
}
