/* The statements of a search, from const tables. */
#include <stdio.h>
#include <string.h>

#include "domain/cdr_search_parts.h"

/*
 * Every index of cdr_details has a column of its own (caller, dest, ...), then class, then
 * (start_time desc, cdr_id desc), and includes what else is searched. With the class fixed, each is
 * in order of time. So a page is made of short scans, one for each class and each alternative of
 * the filters ("an extension" is caller, dialled or answerer), and the first rows of them all.
 */

/* The seconds at which the next class begins, as in public.cdr_class(); most calls that are not
 * answered are short. */
static const int32_t answered_begins[] = {0, 30, 60, 120, 300, 900, 1800, 3600};
static const int32_t missed_begins[] = {0, 30, 120};

enum {
	ANSWERED_CLASSES = COUNT_OF(answered_begins),
	MISSED_CLASSES = COUNT_OF(missed_begins),
	DIRECTION_CLASSES = ANSWERED_CLASSES + (CDR_DISPOSITION_COUNT - 1) * MISSED_CLASSES,
	CLASSES = CDR_DIRECTION_COUNT * DIRECTION_CLASSES,
};

_Static_assert((int)CLASSES == (int)CDR_CLASSES, "as many as public.cdr_class() has");

/* One of the ways in which a filter can hold. */
struct alternative {
	enum { ANY_COLUMN, CALLER, DEST, ANSWERED_BY } column;
	const char *sql; /* ? is the value that is asked for; NULL: the end of a table */
};

/* A caller from outside can call himself anything, and a number outside may look like an extension:
 * classes 23 to 45 are inbound, 46 to 68 outbound. */
static const struct alternative extension_is[] = {
	{CALLER,					  "d.caller = ? and d.class not between 23 and 45"},
	{DEST,					       "d.dest = ? and d.class not between 46 and 68"},
	{ANSWERED_BY,"d.answered_by = ? and d.answered_by <> d.dest"},
	{0				    },
};
static const struct alternative number_is[] = {
	{CALLER,        "d.caller = ?"},
	{DEST,             "d.dest = ?"},
	{0},
};
/* No character sorts after the last one of Unicode. */
static const struct alternative number_begins[] = {
	{CALLER,					"d.caller >= ? and d.caller < ? || chr(1114111)"},
	{DEST,					     "d.dest >= ? and d.dest < ? || chr(1114111)"},
	{0},
};
static const char name_begins[] =
	"d.name <> '' and d.name >= lower(?) and d.name < lower(?) || chr(1114111)";
/* The same where another condition leads: with another collation, which sorts alike, PostgreSQL
 * does not take an index for it. */
static const struct alternative number_begins_too[] = {
	{ANY_COLUMN,
         "(d.caller collate \"POSIX\" >= ? and d.caller collate \"POSIX\" < ? || chr(1114111)"
         " or d.dest collate \"POSIX\" >= ? and d.dest collate \"POSIX\" < ? || chr(1114111))"},
	{0         },
};
static const char name_begins_too[] = "d.name collate \"POSIX\" >= lower(?)"
				      " and d.name collate \"POSIX\" < lower(?) || chr(1114111)";

static const struct {
	const char *name, *sql; /* ?: the zone */
} columns[CDR_COLUMNS] = {
	{"id",	       "c.id"						    },
	{"start_time",       "public.time_in_zone(c.start_time, ?)"                    },
	{"answer_time",      "public.time_in_zone(c.answer_time, ?)"                   },
	{"end_time",         "public.time_in_zone(c.end_time, ?)"                      },
	{"duration",         "c.duration"					      },
	{"caller_id_name",   "c.caller_id_name"                                        },
	{"caller_id_number", "c.caller_id_number"                                      },
	{"dest_number",      "c.dest_number"					   },
	{"context",          "c.context"					       },
	{"direction",        "d.direction"					     },
	{"disposition",      "d.disposition"					   },
	{"cause",            "d.cause"						 },
	{"sip_status",       "d.sip_status"					    },
	{"hangup_by",        "d.hangup_by"					     },
	{"answered_by",      "d.answered_by"					   },
	{"queue_id",         "d.queue_id"					      },
	{"queue",            "(select q.name from queues as q where q.id = d.queue_id)"},
	{"recording_path",   "c.recording_path"                                        },
	{"recording",        "d.recording"					     },
};

const char *const cdr_columns[] = {
	"id",         "start_time",     "answer_time",      "end_time",
	"duration",   "caller_id_name", "caller_id_number", "dest_number",
	"context",    "direction",      "disposition",      "cause",
	"sip_status", "hangup_by",      "answered_by",      "queue_id",
	"queue",      "recording_path", "recording"};

/* begins: of n classes, of which class is one. */
static bool duration_fits(const struct cdr_filter *filter, const int32_t *begins, unsigned n,
                          unsigned class)
{
	return filter->duration_most >= begins[class] &&
	       (class + 1 == n || filter->duration_least < begins[class + 1]);
}

static bool class_fits(const struct cdr_filter *filter, unsigned class)
{
	unsigned direction = class / DIRECTION_CLASSES, disposition = CDR_ANSWERED;
	const int32_t *begins = answered_begins;
	unsigned n = ANSWERED_CLASSES;

	class %= DIRECTION_CLASSES;
	if (class >= ANSWERED_CLASSES) {
		class -= ANSWERED_CLASSES;
		disposition = 1 + class / MISSED_CLASSES;
		class %= MISSED_CLASSES;
		begins = missed_begins;
		n = MISSED_CLASSES;
	}
	return (filter->directions & 1u << direction) &&
	       (filter->dispositions & 1u << disposition) &&
	       duration_fits(filter, begins, n, class);
}

/* The classes that calls of this filter have, as an array of PostgreSQL. */
void cdr_search_classes(struct cdr_search *search)
{
	char *at = search->classes;

	*at++ = '{';
	for (unsigned class = 0; class < CLASSES; class ++)
		if (class_fits(search->filter, class))
			at += snprintf(at, sizeof(",99"), search->n_classes++ ? ",%u" : "%u",
			               class);
	snprintf(at, sizeof("}"), "}");
}

static size_t use(struct cdr_search *search, enum cdr_value_of which)
{
	struct cdr_value *value = &search->values[which];

	if (!value->n)
		value->n = store_sql_value(&search->sql, value->text);
	return value->n;
}

static bool is_given(const struct cdr_search *search, enum cdr_value_of which)
{
	return search->values[which].text;
}

/* Appends sql, with the value for each ?. */
static void add_sql(struct cdr_search *search, const char *sql, enum cdr_value_of which)
{
	for (const char *c = sql; *c; c++)
		if (*c == '?')
			text_addf(&search->sql.sql, "$%zu", use(search, which));
		else
			text_add_char(&search->sql.sql, *c);
}

/* The condition, where a value is asked for. */
static void add_condition(struct cdr_search *search, const char *sql, enum cdr_value_of which)
{
	if (!is_given(search, which))
		return;
	text_add(&search->sql.sql, " and ");
	add_sql(search, sql, which);
}

static void add_order(struct cdr_search *search, const char *time, const char *id)
{
	const char *way = search->page->oldest_first ? "" : " desc";

	text_addf(&search->sql.sql, " order by %s%s, %s%s limit %u", time, way, id, way,
	          search->page->limit + 1);
}

/* The bounds in time and the page before. table: "d" or "c"; id: its key. */
static void add_times(struct cdr_search *search, const char *table, const char *id)
{
	struct text *sql = &search->sql.sql;
	bool up = search->page->oldest_first;
	const struct {
		const char *comparison;
		enum cdr_value_of which;
	} bounds[] = {
		{">=",             CDR_VALUE_FROM  },
		{"<",              CDR_VALUE_TO    },
		{up ? "<=" : ">=", CDR_VALUE_WINDOW},
	};

	for (size_t i = 0; i < COUNT_OF(bounds); i++)
		if (is_given(search, bounds[i].which))
			text_addf(sql, " and %s.start_time %s $%zu::timestamptz", table,
			          bounds[i].comparison, use(search, bounds[i].which));
	if (is_given(search, CDR_VALUE_AFTER_ID))
		text_addf(sql, " and (%s.start_time, %s.%s) %c ($%zu::timestamptz, $%zu::uuid)",
		          table, table, id, up ? '>' : '<', use(search, CDR_VALUE_AFTER_TIME),
		          use(search, CDR_VALUE_AFTER_ID));
}

/* What holds in every branch. */
static void add_common(struct cdr_search *search)
{
	add_condition(search, "d.queue_id = ?::uuid", CDR_VALUE_QUEUE);
	add_condition(search, "d.recording = ?", CDR_VALUE_RECORDING);
	add_condition(search, search->beginnings_lead ? name_begins : name_begins_too,
	              CDR_VALUE_NAME);
	add_condition(search, "d.duration >= ?::integer", CDR_VALUE_LEAST);
	add_condition(search, "d.duration <= ?::integer", CDR_VALUE_MOST);
	add_times(search, "d", "cdr_id");
}

/* The filters that have alternatives, and the alternative of each that a branch takes. */
enum { CHOICES = 3 };

struct choice {
	enum cdr_value_of which;
	const struct alternative *alternatives;
};

/* False: two filters want different values of one column. */
static bool can_hold(const struct cdr_search *search, const struct choice *choices,
                     const struct alternative *const *taken)
{
	for (size_t i = 0; i < CHOICES; i++)
		for (size_t j = 0; j < i; j++)
			if (taken[i]->column && taken[i]->column == taken[j]->column &&
			    !search->beginnings_lead &&
			    strcmp(search->values[choices[i].which].text,
			           search->values[choices[j].which].text) != 0)
				return false;
	return true;
}

static void add_branch(struct cdr_search *search, const struct choice *choices,
                       const struct alternative *const *taken)
{
	struct text *sql = &search->sql.sql;

	if (search->beginnings_lead)
		text_addf(sql,
		          "(select d.cdr_id, d.start_time from cdr_details as d"
		          " where d.class = any ($%zu::smallint[])",
		          use(search, CDR_VALUE_CLASSES));
	else
		text_addf(
			sql,
			"(select i.cdr_id, i.start_time from unnest($%zu::smallint[]) as k (class)"
			" cross join lateral (select d.cdr_id, d.start_time from cdr_details as d"
			" where d.class = k.class",
			use(search, CDR_VALUE_CLASSES));
	for (size_t i = 0; i < CHOICES; i++)
		if (taken[i]->sql)
			add_condition(search, taken[i]->sql, choices[i].which);
	add_common(search);
	add_order(search, "d.start_time", "d.cdr_id");
	text_add(sql, search->beginnings_lead ? ")" : ") as i)");
}

/* Every combination of the alternatives is a branch of its own, which PostgreSQL answers from the
 * index of its rarest condition. A call may be found by several. */
static void add_branches(struct cdr_search *search)
{
	static const struct alternative no_filter = {0};
	const struct alternative *numbers = !search->filter->number_prefix ? number_is
	                                    : search->beginnings_lead      ? number_begins
	                                                                   : number_begins_too;
	const struct choice choices[CHOICES] = {
		{CDR_VALUE_OWN,       search->filter->own ? extension_is : &no_filter      },
		{CDR_VALUE_EXTENSION, search->filter->extension ? extension_is : &no_filter},
		{CDR_VALUE_NUMBER,    search->filter->number ? numbers : &no_filter        },
	};
	const struct alternative *taken[CHOICES];
	const char *between = "";

	for (size_t i = 0; i < CHOICES; i++)
		taken[i] = choices[i].alternatives;
	text_add(&search->sql.sql, "select u.cdr_id, u.start_time from (");
	for (bool more = true; more;) {
		if (can_hold(search, choices, taken)) {
			text_add(&search->sql.sql, between);
			add_branch(search, choices, taken);
			between = " union all ";
		}
		/* The next combination: the last filter's alternatives change first. */
		more = false;
		for (size_t i = CHOICES; i-- > 0 && !more;) {
			more = taken[i]->sql && taken[i][1].sql;
			taken[i] = more ? taken[i] + 1 : choices[i].alternatives;
		}
	}
	text_add(&search->sql.sql, ") as u group by u.cdr_id, u.start_time");
	add_order(search, "u.start_time", "u.cdr_id");
}

/* True when the calls are those of the list without any filter but time. */
static bool all_calls(const struct cdr_search *search)
{
	const struct cdr_filter *filter = search->filter;

	return search->n_classes == CLASSES && !filter->own && !filter->extension &&
	       !filter->number && !filter->name && !filter->queue && !filter->recording &&
	       filter->duration_least <= 0 && filter->duration_most >= INT32_MAX;
}

static void add_calls(struct cdr_search *search)
{
	if (!all_calls(search)) {
		add_branches(search);
		return;
	}
	text_add(&search->sql.sql, "select c.id as cdr_id, c.start_time from cdrs as c where true");
	add_times(search, "c", "id");
	add_order(search, "c.start_time", "c.id");
}

void cdr_search_rows(struct cdr_search *search)
{
	struct text *sql = &search->sql.sql;

	text_add(sql, "with page as materialized (");
	add_calls(search);
	text_add(sql, ") select (extract(epoch from p.start_time) * 1000000)::bigint, p.cdr_id, ");
	if (search->page->as_json)
		text_add(sql, "(select to_json(r) from (select ");
	for (size_t i = 0; i < CDR_COLUMNS; i++) {
		text_add(sql, i ? ", " : "");
		add_sql(search, columns[i].sql, CDR_VALUE_ZONE);
		text_addf(sql, " as %s", columns[i].name);
	}
	if (search->page->as_json)
		text_add(sql, ") as r)");
	text_add(sql, " from page as p join cdrs as c on c.id = p.cdr_id"
	              " left join cdr_details as d on d.cdr_id = p.cdr_id");
	add_order(search, "p.start_time", "p.cdr_id");
}

void cdr_search_window(struct cdr_search *search, unsigned rows)
{
	const char *way = search->page->oldest_first ? "" : " desc";

	text_add(&search->sql.sql, "select c.start_time from cdrs as c where true");
	add_times(search, "c", "id");
	text_addf(&search->sql.sql, " order by c.start_time%s, c.id%s limit 1 offset %u", way, way,
	          rows);
}

void cdr_search_rarity(struct cdr_search *search)
{
	const struct cdr_filter *filter = search->filter;
	const struct {
		const char *condition;
		enum cdr_value_of which;
	} conditions[] = {
		{filter->number_prefix ? number_begins[0].sql : NULL, CDR_VALUE_NUMBER},
		{filter->number_prefix ? number_begins[1].sql : NULL, CDR_VALUE_NUMBER},
		{filter->name ? name_begins : NULL,                   CDR_VALUE_NAME  },
	};

	for (size_t i = 0; i < COUNT_OF(conditions); i++) {
		text_add(&search->sql.sql, i ? ", " : "select ");
		if (!conditions[i].condition) {
			text_add_char(&search->sql.sql, '0');
			continue;
		}
		text_add(&search->sql.sql,
		         "(select count(*) from (select from cdr_details as d where ");
		add_sql(search, conditions[i].condition, conditions[i].which);
		text_addf(&search->sql.sql, " limit %d) as x)", CDR_RARE_ROWS + 1);
	}
}
