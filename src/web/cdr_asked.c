/* The query of the routes of call records. */
#include <string.h>

#include "base/clock.h"
#include "web/api_cdr.h"

typedef enum error_code take_h(struct request *request, const char *value, struct cdr_asked *asked,
                               struct error *err);

static enum error_code take_time(const char *name, const char *value, char text[static 32],
                                 const char **ret_text, int64_t *ret_us, struct error *err)
{
	if (!clock_parse(value, ret_us))
		return error_set(err, ERROR_INVALID, name, "must be a time like %s",
		                 "2026-01-31T10:00:00Z");
	*ret_text = clock_rfc3339(*ret_us, text);
	return ERROR_OK;
}

static enum error_code take_from(struct request *request, const char *value,
                                 struct cdr_asked *asked, struct error *err)
{
	(void)request;
	return take_time("from", value, asked->from, &asked->filter.from, &asked->from_us, err);
}

static enum error_code take_to(struct request *request, const char *value, struct cdr_asked *asked,
                               struct error *err)
{
	(void)request;
	return take_time("to", value, asked->to, &asked->filter.to, &asked->to_us, err);
}

static enum error_code take_extension(struct request *request, const char *value,
                                      struct cdr_asked *asked, struct error *err)
{
	size_t n = strspn(value, "0123456789");

	(void)request;
	if (value[n] || n < 2 || n > 5)
		return error_set(err, ERROR_INVALID, "extension", "must be 2 to 5 digits");
	asked->filter.extension = value;
	return ERROR_OK;
}

/* True for 1 to CDR_NUMBER_MAX characters, none of them a control character. */
static bool is_searchable(const char *value, size_t n)
{
	size_t characters = 0;

	for (size_t i = 0; i < n; i++) {
		if ((unsigned char)value[i] < ' ' || value[i] == 0x7f)
			return false;
		characters += ((unsigned char)value[i] & 0xc0) != 0x80;
	}
	return characters >= 1 && characters <= CDR_NUMBER_MAX && text_is_utf8(value, n);
}

/* "+4930*": all numbers that begin so. */
static enum error_code take_number(struct request *request, const char *value,
                                   struct cdr_asked *asked, struct error *err)
{
	size_t n = strlen(value);

	(void)request;
	if (n && value[n - 1] == '*') {
		asked->filter.number_prefix = true;
		n--;
	}
	if (!is_searchable(value, n))
		return error_set(err, ERROR_INVALID, "number",
		                 "must be 1 to %d characters, with * after them the beginning",
		                 CDR_NUMBER_MAX);
	memcpy(asked->number, value, n);
	asked->number[n] = '\0';
	asked->filter.number = asked->number;
	return ERROR_OK;
}

static enum error_code take_name(struct request *request, const char *value,
                                 struct cdr_asked *asked, struct error *err)
{
	(void)request;
	if (!is_searchable(value, strlen(value)))
		return error_set(err, ERROR_INVALID, "name", "must be 1 to %d characters",
		                 CDR_NUMBER_MAX);
	asked->filter.name = value;
	return ERROR_OK;
}

static enum error_code take_direction(struct request *request, const char *value,
                                      struct cdr_asked *asked, struct error *err)
{
	int index = cdr_direction_index(value);

	(void)request;
	if (index < 0)
		return error_set(err, ERROR_INVALID, "direction",
		                 "must be internal, inbound or outbound");
	asked->filter.directions = 1u << index;
	return ERROR_OK;
}

static enum error_code take_disposition(struct request *request, const char *value,
                                        struct cdr_asked *asked, struct error *err)
{
	int index = cdr_disposition_index(value);

	(void)request;
	if (index < 0)
		return error_set(
			err, ERROR_INVALID, "disposition",
			"must be answered, no_answer, busy, declined, cancelled or failed");
	asked->filter.dispositions &= 1u << index;
	return ERROR_OK;
}

static enum error_code take_answered(struct request *request, const char *value,
                                     struct cdr_asked *asked, struct error *err)
{
	const unsigned answered = 1u << CDR_ANSWERED;
	bool on;
	enum error_code code = request_switch(request, "answered", &on, err);

	(void)value;
	if (!code)
		asked->filter.dispositions &= on ? answered : ~answered;
	return code;
}

static enum error_code take_queue(struct request *request, const char *value,
                                  struct cdr_asked *asked, struct error *err)
{
	enum error_code code;

	if (!text_is_utf8(value, strlen(value)) || !*value)
		return error_set(err, ERROR_INVALID, "queue", "must be a queue's id or name");
	code = store_find(request->web->db, resource_find("queue"), &request->tenant, "queue",
	                  value, asked->queue, err);
	/* Not 404: that says that there is no such tenant. */
	if (code == ERROR_NOT_FOUND)
		return error_set(err, ERROR_INVALID, "queue", "is no queue of this tenant");
	asked->filter.queue = asked->queue;
	return code;
}

static enum error_code take_recording(struct request *request, const char *value,
                                      struct cdr_asked *asked, struct error *err)
{
	const struct field states = {
		.name = "recording", .type = FIELD_CHOICE, .choices = CDR_RECORDINGS};
	AUTO(json_auto_unref) json_t *parsed = NULL;

	(void)request;
	asked->filter.recording = value;
	return field_parse(&states, value, strlen(value), &parsed, err);
}

static enum error_code take_least(struct request *request, const char *value,
                                  struct cdr_asked *asked, struct error *err)
{
	(void)value;
	return request_number(request, "duration_least", 0, INT32_MAX, 0,
	                      &asked->filter.duration_least, err);
}

static enum error_code take_most(struct request *request, const char *value,
                                 struct cdr_asked *asked, struct error *err)
{
	(void)value;
	return request_number(request, "duration_most", 0, INT32_MAX, INT32_MAX,
	                      &asked->filter.duration_most, err);
}

static enum error_code take_sort(struct request *request, const char *value,
                                 struct cdr_asked *asked, struct error *err)
{
	(void)request;
	if (strcmp(value, "start_time") != 0 && strcmp(value, "-start_time") != 0)
		return error_set(err, ERROR_INVALID, "sort", "must be start_time or -start_time");
	asked->page.oldest_first = *value != '-';
	return ERROR_OK;
}

static enum error_code take_limit(struct request *request, const char *value,
                                  struct cdr_asked *asked, struct error *err)
{
	int64_t limit;
	enum error_code code = request_number(request, "limit", 1, STORE_LIMIT_MAX,
	                                      STORE_LIMIT_DEFAULT, &limit, err);

	(void)value;
	if (!code)
		asked->page.limit = (unsigned)limit;
	return code;
}

static enum error_code take_zone(struct request *request, const char *value,
                                 struct cdr_asked *asked, struct error *err)
{
	enum error_code code = ERROR_OK;

	if (strcmp(value, "tenant") == 0)
		code = cdr_tenant_zone(request->web->db, &request->tenant, asked->zone, err);
	else if (strcmp(value, "utc") != 0)
		code = error_set(err, ERROR_INVALID, "tz", "must be utc or tenant");
	if (!code && *asked->zone)
		asked->page.zone = asked->zone;
	return code;
}

static enum error_code take_format(struct request *request, const char *value,
                                   struct cdr_asked *asked, struct error *err)
{
	(void)request;
	asked->csv = strcmp(value, "csv") == 0;
	if (!asked->csv && strcmp(value, "ndjson") != 0)
		return error_set(err, ERROR_INVALID, "format", "must be csv or ndjson");
	return ERROR_OK;
}

static enum error_code take_by(struct request *request, const char *value, struct cdr_asked *asked,
                               struct error *err)
{
	static const char *const names[] = {"day", "hour", "extension"};

	(void)request;
	for (size_t i = 0; i < COUNT_OF(names); i++)
		if (strcmp(value, names[i]) == 0) {
			asked->by = (enum cdr_by)i;
			return ERROR_OK;
		}
	return error_set(err, ERROR_INVALID, "by", "must be day, hour or extension");
}

/* The cursor is read with the order, which another parameter says. */
static enum error_code take_nothing(struct request *request, const char *value,
                                    struct cdr_asked *asked, struct error *err)
{
	(void)request;
	(void)value;
	(void)asked;
	(void)err;
	return ERROR_OK;
}

static const struct {
	const char *name;
	take_h *take;
} takers[] = {
	{"from",           take_from       },
	{"to",             take_to         },
	{"extension",      take_extension  },
	{"number",         take_number     },
	{"name",           take_name       },
	{"direction",      take_direction  },
	{"disposition",    take_disposition},
	{"answered",       take_answered   },
	{"queue",          take_queue      },
	{"recording",      take_recording  },
	{"duration_least", take_least      },
	{"duration_most",  take_most       },
	{"sort",           take_sort       },
	{"limit",          take_limit      },
	{"cursor",         take_nothing    },
	{"tz",             take_zone       },
	{"format",         take_format     },
	{"by",             take_by         },
};

struct reading {
	struct request *request;
	struct cdr_asked *asked;
	struct error *err;
	enum error_code code;
};

static bool route_takes(const struct route *route, const char *name)
{
	for (size_t i = 0; i < route->n_parameters; i++)
		if (strcmp(route->parameters[i].name, name) == 0)
			return true;
	return false;
}

static bool read_one(const char *name, const char *value, void *arg)
{
	struct reading *reading = arg;

	for (size_t i = 0; i < COUNT_OF(takers); i++)
		if (strcmp(takers[i].name, name) == 0 &&
		    route_takes(reading->request->route, name)) {
			reading->code = takers[i].take(reading->request, value, reading->asked,
			                               reading->err);
			return !reading->code;
		}
	reading->code = error_set(reading->err, ERROR_UNKNOWN_FIELD, name,
	                          "is no parameter of this request");
	return false;
}

static enum error_code check_together(const struct cdr_asked *asked, struct error *err)
{
	if (asked->filter.from && asked->filter.to && asked->from_us >= asked->to_us)
		return error_set(err, ERROR_INVALID, "to", "must be after from");
	if (asked->filter.duration_least > asked->filter.duration_most)
		return error_set(err, ERROR_INVALID, "duration_most",
		                 "must not be less than duration_least");
	return ERROR_OK;
}

/* An agent sees the calls of his own extension. */
static enum error_code narrow(const struct request *request, struct cdr_asked *asked,
                              struct error *err)
{
	enum error_code code;

	if (request->access >= ACCESS_ADMIN)
		return ERROR_OK;
	code = cdr_own_extension(request->web->db, &request->tenant, &request->who->user,
	                         asked->own, err);
	asked->filter.own = asked->own;
	asked->nobody = !*asked->own;
	return code;
}

enum error_code cdr_asked_read(struct request *request, struct cdr_asked *ret_asked,
                               struct error *err)
{
	struct reading reading = {.request = request, .asked = ret_asked, .err = err};

	*ret_asked = (struct cdr_asked){
		.filter = CDR_FILTER_ALL,
		.page = {.as_json = true, .limit = STORE_LIMIT_DEFAULT},
	};
	request_queries(request, read_one, &reading);
	if (!reading.code)
		reading.code = check_together(ret_asked, err);
	if (!reading.code)
		reading.code = narrow(request, ret_asked, err);
	return reading.code;
}
