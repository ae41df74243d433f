/* Errors as RFC 9457 problem documents. */
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "web/reply.h"
#include "web/stream.h"

enum { RETRY_S = 2 };

/* Complete: a new error code without a row does not compile. */
static const unsigned short statuses[] = {
	[ERROR_OK] = 200,         [ERROR_USAGE] = 400,           [ERROR_INVALID] = 400,
	[ERROR_MISSING] = 400,    [ERROR_UNKNOWN_FIELD] = 400,   [ERROR_READ_ONLY] = 400,
	[ERROR_NOT_FOUND] = 404,  [ERROR_CONFLICT] = 409,        [ERROR_PRECONDITION] = 412,
	[ERROR_KEY_REUSED] = 422, [ERROR_UNAUTHENTICATED] = 401, [ERROR_FORBIDDEN] = 403,
	[ERROR_NO_CONTEXT] = 500, [ERROR_TOO_LARGE] = 413,       [ERROR_RATE_LIMITED] = 429,
	[ERROR_BUSY] = 503,       [ERROR_UNAVAILABLE] = 503,     [ERROR_TIMEOUT] = 503,
	[ERROR_IO] = 500,         [ERROR_NO_SPACE] = 507,        [ERROR_MEMORY] = 503,
	[ERROR_INTERNAL] = 500,
};

_Static_assert(COUNT_OF(statuses) == ERROR_CODE_COUNT, "one status per error code");

/* Where HTTP has a status of its own for one case of a code. */
static const struct {
	enum error_code code;
	const char *field;
	unsigned status;
} exact[] = {
	{ERROR_INVALID, "Content-Type", 415},
};

/* RFC 9110 section 15; "about:blank" wants these as titles. */
static const struct {
	unsigned status;
	const char *title;
} titles[] = {
	{400, "Bad Request"                    },
	{401, "Unauthorized"                   },
	{403, "Forbidden"                      },
	{404, "Not Found"                      },
	{405, "Method Not Allowed"             },
	{406, "Not Acceptable"                 },
	{408, "Request Timeout"                },
	{409, "Conflict"                       },
	{411, "Length Required"                },
	{412, "Precondition Failed"            },
	{413, "Content Too Large"              },
	{414, "URI Too Long"                   },
	{415, "Unsupported Media Type"         },
	{416, "Range Not Satisfiable"          },
	{422, "Unprocessable Content"          },
	{428, "Precondition Required"          },
	{429, "Too Many Requests"              },
	{431, "Request Header Fields Too Large"},
	{500, "Internal Server Error"          },
	{501, "Not Implemented"                },
	{503, "Service Unavailable"            },
	{507, "Insufficient Storage"           },
};

unsigned problem_status(enum error_code code)
{
	return (unsigned)code < ERROR_CODE_COUNT ? statuses[code] : 500;
}

static unsigned status_of(const struct error *err)
{
	for (size_t i = 0; i < COUNT_OF(exact); i++)
		if (err->code == exact[i].code && strcmp(err->field, exact[i].field) == 0)
			return exact[i].status;
	return problem_status(err->code);
}

static const char *title_of(unsigned status)
{
	for (size_t i = 0; i < COUNT_OF(titles); i++)
		if (titles[i].status == status)
			return titles[i].title;
	return "Error";
}

static bool has_header(const struct reply *reply, const char *name)
{
	for (size_t i = 0; i < reply->n_headers; i++)
		if (strcasecmp(reply->headers[i].name, name) == 0)
			return true;
	return false;
}

static void add_member(struct text *out, const char *name, const char *value)
{
	text_addf(out, ",\"%s\":\"", name);
	text_add_json(out, value, strlen(value));
	text_add(out, "\"");
}

/* What went wrong inside (paths, errno) is for the log. */
static const char *told(const struct error *err, unsigned status)
{
	return status == 500 ? error_text(ERROR_INTERNAL) : err->message;
}

static void write_body(struct reply *reply, const struct error *err, enum language language,
                       const char *request_id)
{
	AUTO(text_clear) struct text said = {0};
	struct text *out = &reply->body;
	const char *english = told(err, reply->status), *message;

	words_say(language, english, strlen(english), &said);
	/* Out of memory: the answer may still fit in English. */
	message = said.failed ? english : text_string(&said);

	text_addf(out, "{\"type\":\"about:blank\",\"title\":\"%s\",\"status\":%u,\"code\":\"%s\"",
	          title_of(reply->status), reply->status,
	          error_slug(reply->status == 500 ? ERROR_INTERNAL : err->code));
	text_add(out, ",\"detail\":\"");
	if (err->field[0]) {
		text_add_json(out, err->field, strlen(err->field));
		text_add(out, ": ");
	}
	text_add_json(out, message, strlen(message));
	text_add(out, "\"");
	add_member(out, "request_id", request_id);
	text_add(out, ",\"errors\":[");
	if (err->field[0]) {
		text_add(out, "{\"field\":\"");
		text_add_json(out, err->field, strlen(err->field));
		text_add_char(out, '"');
		add_member(out, "message", message);
		text_add(out, reply->errors.length ? "}," : "}");
	}
	text_add_n(out, text_string(&reply->errors), reply->errors.length);
	text_add(out, "]}\n");
}

void reply_language(struct reply *reply, enum language language)
{
	if (has_header(reply, "Content-Language"))
		return;
	reply_header(reply, "Content-Language", "%s", language_tag(language));
	reply_header(reply, "Vary", "Accept-Language");
}

void reply_problem(struct reply *reply, const struct error *err, enum language language,
                   const char *request_id)
{
	/* What was begun of another answer is gone; its headers (Retry-After, Allow) hold. */
	text_clear(&reply->body);
	reply->fixed = NULL;
	reply->fixed_bytes = 0;
	if (reply->file >= 0)
		close(reply->file);
	reply->file = -1;
	stream_unref(TAKE(reply->stream));
	if (reply->status < 400)
		reply->status = status_of(err);
	reply->content_type = "application/problem+json";
	reply->is_problem = true;
	if ((reply->status == 503 || reply->status == 429) && !has_header(reply, "Retry-After"))
		reply_header(reply, "Retry-After", "%d", RETRY_S);
	if (reply->status == 401 && !has_header(reply, "WWW-Authenticate"))
		reply_header(reply, "WWW-Authenticate", "Bearer realm=\"centrex\"");
	reply_language(reply, language);
	write_body(reply, err, language, request_id);
	if (reply->errors.failed)
		reply->body.failed = true;
}
