#include "web/words.h"

#include <string.h>

#include "base/error.h"
#include "web/words_table.h"

enum { DEPTH_MAX = 3, CUT_LEAST = 4 };

struct hole {
	const char *at;
	size_t n;
};

struct fit {
	const struct words *row;
	size_t literal; /* bytes of the message that are the row's own */
	struct hole holes[WORDS_HOLES_MAX];
};

static const struct words_table *const tables[] = {&words_de_rules, &words_de_requests,
                                                   &words_de_route};

static size_t literal_length(const char *format)
{
	return strcspn(format, "%");
}

/* Words with commas between, as a rule lists them. */
static bool are_choices(const struct hole *hole)
{
	for (size_t i = 0; i < hole->n; i++)
		if (hole->at[i] == ' ' && (i == 0 || hole->at[i - 1] != ','))
			return false;
	return hole->n > 0;
}

/* How much of the message a hole of this kind takes, where a literal of n bytes comes next (last:
 * and nothing behind it). False: it does not fit. *cut: nothing after it is there. */
static bool fill(char kind, const char *next, bool cut, const char *at, const char *end,
                 struct hole *hole, bool *ret_cut)
{
	const size_t n = literal_length(next), rest = (size_t)(end - at);
	const char *found;

	hole->at = at;
	*ret_cut = false;
	if (kind == 'd' || kind == 'f') {
		const size_t sign = rest && *at == '-';

		hole->n = sign;
		while (hole->n < rest && ((at[hole->n] >= '0' && at[hole->n] <= '9') ||
		                          (kind == 'f' && at[hole->n] == '.')))
			hole->n++;
		*ret_cut = cut && hole->n == rest;
		return hole->n > sign;
	}
	hole->n = rest;
	if (n == 0)
		return kind != 'c' || are_choices(hole);
	/* The last literal is the message's end, whatever a value holds that looks like it. */
	found = next[n]                                      ? memmem(at, rest, next, n)
	        : rest >= n && memcmp(end - n, next, n) == 0 ? end - n
	                                                     : NULL;
	if (found)
		hole->n = (size_t)(found - at);
	else
		*ret_cut = cut;
	return (found || cut) && (kind != 'c' || are_choices(hole));
}

/* Whether the message was made from the row's format. cut: it may end too early. */
static bool fits(const struct words *row, const char *message, size_t length, bool cut,
                 struct fit *fit)
{
	const char *at = message, *end = message + length, *format = row->english;
	size_t n_holes = 0;

	*fit = (struct fit){.row = row};
	while (*format) {
		size_t n = literal_length(format);
		bool over = false;

		if (n == 0) {
			if (n_holes == WORDS_HOLES_MAX ||
			    !fill(format[1], format + 2, cut, at, end, &fit->holes[n_holes], &over))
				return false;
			at += fit->holes[n_holes++].n;
			format += 2;
		} else {
			const size_t rest = (size_t)(end - at);

			over = cut && rest < n;
			n = over ? rest : n;
			if (rest < n || memcmp(at, format, n) != 0)
				return false;
			at += n;
			format += n;
			fit->literal += n;
		}
		/* A row of which nothing is left but a value may be any. */
		if (over)
			return fit->literal >= CUT_LEAST;
	}
	return at == end;
}

static bool find(const char *message, size_t length, unsigned depth, struct fit *ret_fit);

/* Sentences within it are known. */
static bool nested_known(const struct fit *fit, unsigned depth)
{
	struct fit nested;

	for (const char *at = strchr(fit->row->german, '&'); at; at = strchr(at + 1, '&')) {
		const struct hole *hole = &fit->holes[at[1] - '1'];

		if (!find(hole->at, hole->n, depth + 1, &nested))
			return false;
	}
	return true;
}

/* The row with most of the message's own bytes: what people typed may look like another's. */
static bool find(const char *message, size_t length, unsigned depth, struct fit *ret_fit)
{
	const bool cut = length == ERROR_MESSAGE_MAX - 1;
	struct fit fit;

	ret_fit->row = NULL;
	if (!message || depth == DEPTH_MAX)
		return false;
	for (size_t t = 0; t < COUNT_OF(tables); t++)
		for (size_t i = 0; i < tables[t]->n; i++)
			if (fits(&tables[t]->rows[i], message, length, cut, &fit) &&
			    (!ret_fit->row || fit.literal > ret_fit->literal) &&
			    nested_known(&fit, depth))
				*ret_fit = fit;
	return ret_fit->row;
}

const struct words *words_find(const char *message, size_t length)
{
	struct fit fit;

	return find(message, length, 0, &fit) ? fit.row : NULL;
}

static void add_thing(const struct hole *hole, struct text *out)
{
	for (size_t i = 0; i < words_de_things.n; i++) {
		const struct words *thing = &words_de_things.rows[i];

		if (strlen(thing->english) == hole->n &&
		    memcmp(thing->english, hole->at, hole->n) == 0) {
			text_add(out, thing->german);
			return;
		}
	}
	text_add_n(out, hole->at, hole->n);
}

static void add_german(const char *message, size_t length, unsigned depth, struct text *out)
{
	struct fit fit;

	if (!find(message, length, depth, &fit)) {
		text_add_n(out, message, length);
		return;
	}
	for (const char *at = fit.row->german; *at;) {
		const size_t n = strcspn(at, "%#&");
		const char *place = at + n;

		text_add_n(out, at, n);
		at = place;
		if (!*place)
			break;
		if (place[1] < '1' || place[1] > '0' + WORDS_HOLES_MAX) {
			text_add_char(out, *at++);
			continue;
		}
		const struct hole *hole = &fit.holes[place[1] - '1'];

		if (hole->at && *place == '&')
			add_german(hole->at, hole->n, depth + 1, out);
		else if (hole->at && *place == '#')
			add_thing(hole, out);
		else if (hole->at)
			text_add_n(out, hole->at, hole->n);
		at += 2;
	}
}

void words_say(enum language language, const char *message, size_t length, struct text *out)
{
	if (language == LANGUAGE_DE)
		add_german(message, length, 0, out);
	else
		text_add_n(out, message, length);
}

void words_say_lines(enum language language, struct text *text)
{
	struct text said = {.failed = text->failed};

	if (language == LANGUAGE_EN)
		return;
	for (const char *line = text_string(text); *line;) {
		const size_t n = strcspn(line, "\n");

		words_say(language, line, n, &said);
		text_add_n(&said, line + n, line[n] == '\n');
		line += n + (line[n] == '\n');
	}
	text_clear(text);
	*text = said;
}
