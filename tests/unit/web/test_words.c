#include "base/error.h"
#include "unit.h"
#include "web/words.h"
#include "web/words_table.h"

static const struct words_table *const tables[] = {&words_de_rules, &words_de_requests,
                                                   &words_de_route};

static const char *say(const char *message, struct text *out)
{
	text_reset(out);
	words_say(LANGUAGE_DE, message, strlen(message), out);
	return text_string(out);
}

/* Which hole of a German sentence it is; 0: none. */
static unsigned hole_at(const char *at)
{
	return strchr("%#&", *at) && at[1] >= '1' && at[1] <= '9' ? (unsigned)(at[1] - '0') : 0;
}

static unsigned holes_of(const char *english)
{
	unsigned n = 0;

	for (const char *at = strchr(english, '%'); at; at = strchr(at + 1, '%')) {
		assert_non_null(strchr("sdfc", at[1]));
		assert_int_not_equal(at[1], '\0');
		n++;
	}
	return n;
}

static void each_german_sentence_uses_the_values_of_its_english_one(void **state)
{
	(void)state;
	for (size_t t = 0; t < COUNT_OF(tables); t++)
		for (size_t i = 0; i < tables[t]->n; i++) {
			const struct words *row = &tables[t]->rows[i];
			unsigned n = holes_of(row->english), used = 0;

			for (const char *at = row->german; *at; at++)
				if (hole_at(at))
					used |= 1u << (hole_at(at) - 1);
			if (n > WORDS_HOLES_MAX || used != (1u << n) - 1)
				fail_msg("\"%s\" and \"%s\" do not have the same values",
				         row->english, row->german);
			if (!text_is_utf8(row->german, strlen(row->german)))
				fail_msg("\"%s\" is not UTF-8", row->german);
		}
}

/* A message made from the row; a sentence within it is one that is known. */
static void make_sample(const struct words *row, struct text *sample)
{
	unsigned hole = 0;

	for (const char *at = row->english; *at; at++) {
		char nested[3] = "&1";

		if (*at != '%') {
			text_add_char(sample, *at);
			continue;
		}
		nested[1] = (char)('1' + hole++);
		at++;
		if (*at == 'c')
			text_add(sample, "none, all");
		else if (*at == 's')
			text_add(sample, strstr(row->german, nested) ? "is required" : "v\xc3\xa4");
		else
			text_add(sample, *at == 'd' ? "17" : "17.5");
	}
}

static void each_sentence_is_found_by_itself_alone_and_renders(void **state)
{
	AUTO(text_clear) struct text sample = {0}, said = {0};

	(void)state;
	for (size_t t = 0; t < COUNT_OF(tables); t++)
		for (size_t i = 0; i < tables[t]->n; i++) {
			const struct words *row = &tables[t]->rows[i], *found;

			text_reset(&sample);
			make_sample(row, &sample);
			found = words_find(sample.data, sample.length);
			if (found != row)
				fail_msg("\"%s\" is found as \"%s\"", sample.data,
				         found ? found->english : "none");
			say(sample.data, &said);
			for (const char *at = said.data; *at; at++)
				if (hole_at(at))
					fail_msg("\"%s\" has a hole", said.data);
			assert_null(strstr(said.data, "is required"));
		}
}

static void values_stand_where_german_wants_them(void **state)
{
	/* clang-format off */
	static const struct {
		const char *message, *german;
	} rows[] = {
		{"must be 2 to 5 digits", "muss 2 bis 5 Ziffern haben"},
		{"must have 8 to 200 characters", "muss 8 bis 200 Zeichen haben"},
		{"must have 3 to 9 characters", "muss 3 bis 9 Zeichen haben"},
		{"must be none, queue or all", "muss none, queue oder all sein"},
		{"must be yes or no", "muss yes oder no sein"},
		{"there is no extension 999", "die Nebenstelle 999 ist nicht vorhanden"},
		{"there is no such extension", "die Nebenstelle ist nicht vorhanden"},
		{"the queue was changed meanwhile", "die Warteschlange wurde inzwischen geändert"},
		{"of ring_s must be a whole number from 1 to 600",
		 "ring_s: muss eine ganze Zahl von 1 bis 600 sein"},
		{"must be 2 to 5 digits, or a UUID", "muss 2 bis 5 Ziffern haben (oder eine UUID)"},
		{"queue_members exists already", "queue_members: gibt es schon"},
		{"this needs the role agent", "dafür ist diese Rolle nötig: Agent"},
		{"this needs the role owner", "dafür ist diese Rolle nötig: Inhaber"},
		{"multipart: the last part is cut off",
		 "multipart: der letzte Teil ist abgeschnitten"},
		{"does not fit: 1.5 of the tenant's 10 MiB of audio are used, and a file needs its own"
		 " size and 8.2 MiB a minute",
		 "passt nicht: 1.5 von 10 MiB Audio des Mandanten sind belegt, und eine Datei braucht ihre"
		 " eigene Größe und 8,2 MiB je Minute"},
		{"*47 is a feature code: break (the caller's agent goes on break: lunch)",
		 "*47 ist ein Funktionscode: break (der Agent des Anrufers macht Pause: lunch)"},
		{"reject: bad_number (this cannot be dialled)",
		 "abweisen: bad_number (das lässt sich nicht wählen)"},
		/* No sentence of ours. */
		{"", ""},
		{"nobody said this", "nobody said this"},
		{"must have many to 9 characters", "must have many to 9 characters"},
		{"of ring_s something else", "of ring_s something else"},
		/* What people typed looks like a sentence, or like a hole. */
		{"there is no user there is no queue x",
		 "der Benutzer there is no queue x ist nicht vorhanden"},
		{"there is no user %2 &1 #1", "der Benutzer %2 &1 #1 ist nicht vorhanden"},
		{"there is no user ", "der Benutzer  ist nicht vorhanden"},
		{"wait in queue is required", "warten in der Warteschlange is required"},
		{"several queues are called a are called b; give the id",
		 "mehrere Warteschlangen heißen a are called b; geben Sie die ID an"},
	};
	/* clang-format on */
	AUTO(text_clear) struct text said = {0};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		assert_string_equal(say(rows[i].message, &said), rows[i].german);
	text_reset(&said);
	words_say(LANGUAGE_EN, "is required", 11, &said);
	assert_string_equal(text_string(&said), "is required");
}

/* errors are cut at ERROR_MESSAGE_MAX: what is left of them is said. */
static void a_message_that_was_cut_is_said_as_far_as_it_goes(void **state)
{
	AUTO(text_clear) struct text said = {0};
	char message[ERROR_MESSAGE_MAX + 100], name[ERROR_MESSAGE_MAX] = {0};

	(void)state;
	memset(name, 'x', sizeof(name) - 1);
	snprintf(message, sizeof(message), "is the music on hold of queue %s", name);
	message[ERROR_MESSAGE_MAX - 1] = '\0';
	assert_memory_equal(say(message, &said), "ist die Wartemusik der Warteschlange xxx", 40);
	snprintf(message, sizeof(message), "several %s are called so; give the id", name);
	message[ERROR_MESSAGE_MAX - 1] = '\0';
	assert_memory_equal(say(message, &said), "mehrere xxx", 11);
	/* Cut within the literal behind the value. */
	snprintf(message, sizeof(message), "several %.230s are called so; give the id", name);
	message[ERROR_MESSAGE_MAX - 1] = '\0';
	assert_memory_equal(say(message, &said), "mehrere xxx", 11);
	/* All value: it could be anything. */
	assert_string_equal(say(name, &said), name);
}

static void each_line_is_a_sentence(void **state)
{
	struct text lines = {0};

	(void)state;
	text_add(&lines, "dialled \"101\" from outside\nsomething else\nnothing was dialled\n");
	words_say_lines(LANGUAGE_EN, &lines);
	assert_non_null(strstr(lines.data, "from outside"));
	words_say_lines(LANGUAGE_DE, &lines);
	assert_string_equal(lines.data, "gewählt: \"101\", von außen\nsomething else\n"
	                                "nichts wurde gewählt\n");
	text_clear(&lines);
	words_say_lines(LANGUAGE_DE, &lines);
	assert_int_equal(lines.length, 0);
	text_clear(&lines);
}

static void the_language_is_the_one_liked_best(void **state)
{
	/* clang-format off */
	static const struct {
		const char *accepted;
		enum language language;
		bool named;
	} rows[] = {
		{NULL, LANGUAGE_EN, false},
		{"", LANGUAGE_EN, false},
		{"de", LANGUAGE_DE, true},
		{"DE", LANGUAGE_DE, true},
		{"de-CH", LANGUAGE_DE, true},
		{"deu", LANGUAGE_EN, false},
		{"d", LANGUAGE_EN, false},
		{"fr", LANGUAGE_EN, false},
		{"en", LANGUAGE_EN, true},
		{"de, en", LANGUAGE_DE, true},
		{"en, de", LANGUAGE_EN, true},
		{"en;q=0.3, de;q=0.4", LANGUAGE_DE, true},
		{"en;q=0.3,\tde ; q=0.4", LANGUAGE_DE, true},
		{"fr, de;q=0.5, en;q=0.4", LANGUAGE_DE, true},
		{"fr-CH, fr;q=0.9, *;q=0.5", LANGUAGE_EN, false},
		{"de;q=0", LANGUAGE_EN, false},
		{"de;q=0.000, en;q=0.001", LANGUAGE_EN, true},
		{"de;Q=1.000", LANGUAGE_DE, true},
		{"de;q=1.001", LANGUAGE_EN, false},
		{"de;q=2", LANGUAGE_EN, false},
		{"de;q=0.1234", LANGUAGE_EN, false},
		{"de;q=", LANGUAGE_EN, false},
		{"de;q", LANGUAGE_EN, false},
		{"de;level=1", LANGUAGE_EN, false},
		{"de;q=-1", LANGUAGE_EN, false},
		{";q=1, ,;;,=, de", LANGUAGE_DE, true},
		{",,,", LANGUAGE_EN, false},
	};
	/* clang-format on */

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		if (language_accepted(rows[i].accepted) != rows[i].language)
			fail_msg("\"%s\" is another language", rows[i].accepted);
		if (language_named(rows[i].accepted) != rows[i].named)
			fail_msg("\"%s\" names something else", rows[i].accepted);
	}
	assert_int_equal(language_of_tag("de-AT"), LANGUAGE_DE);
	assert_int_equal(language_of_tag("sv"), LANGUAGE_EN);
	assert_string_equal(language_tag(LANGUAGE_DE), "de");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_german_sentence_uses_the_values_of_its_english_one),
		cmocka_unit_test(each_sentence_is_found_by_itself_alone_and_renders),
		cmocka_unit_test(values_stand_where_german_wants_them),
		cmocka_unit_test(a_message_that_was_cut_is_said_as_far_as_it_goes),
		cmocka_unit_test(each_line_is_a_sentence),
		cmocka_unit_test(the_language_is_the_one_liked_best),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
