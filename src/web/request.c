#include <errno.h>
#include <poll.h>
#include <string.h>
#include <strings.h>

#include "web/server_internal.h"

const char *request_header(const struct request *request, const char *name)
{
	return MHD_lookup_connection_value(request->connection->mhd, MHD_HEADER_KIND, name);
}

enum language request_language(const struct request *request)
{
	return language_accepted(request_header(request, "Accept-Language"));
}

const char *request_query(const struct request *request, const char *name)
{
	return url_query_find(&request->connection->query, name);
}

const char *request_parameter(const struct request *request, const char *name)
{
	size_t length = strlen(name);

	for (size_t i = 0; i < request->match.n; i++)
		if (request->match.parameters[i].name_length == length &&
		    memcmp(request->match.parameters[i].name, name, length) == 0)
			return request->match.parameters[i].value;
	return NULL;
}

void request_queries(const struct request *request, request_query_h *h, void *arg)
{
	const struct url_query *query = &request->connection->query;

	for (size_t i = 0; i < query->n; i++)
		if (!h(query->parameters[i].name, query->parameters[i].value, arg))
			return;
}

enum error_code request_number(const struct request *request, const char *name, int64_t least,
                               int64_t most, int64_t fallback, int64_t *ret_number,
                               struct error *err)
{
	const char *text = request_query(request, name);
	long long value;
	char *end;

	if (!text) {
		*ret_number = fallback;
		return ERROR_OK;
	}
	errno = 0;
	value = strtoll(text, &end, 10);
	/* strtoll would take spaces and "+". */
	if (errno || end == text || *end || !strchr("-0123456789", text[0]) || value < least ||
	    value > most)
		return error_set(err, ERROR_INVALID, name,
		                 "must be a whole number from %lld to %lld", (long long)least,
		                 (long long)most);
	*ret_number = value;
	return ERROR_OK;
}

enum error_code request_switch(const struct request *request, const char *name, bool *ret_on,
                               struct error *err)
{
	static const struct {
		const char *word;
		bool on;
	} words[] = {
		{"1",     true },
                {"yes",   true },
                {"true",  true },
		{"0",     false},
                {"no",    false},
                {"false", false},
	};
	const char *text = request_query(request, name);

	if (!text) {
		*ret_on = false;
		return ERROR_OK;
	}
	for (size_t i = 0; i < COUNT_OF(words); i++)
		if (strcmp(text, words[i].word) == 0) {
			*ret_on = words[i].on;
			return ERROR_OK;
		}
	return error_set(err, ERROR_INVALID, name, "must be yes or no");
}

bool request_is_gone(const struct request *request)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
		request->connection->mhd, MHD_CONNECTION_INFO_CONNECTION_FD);
	struct pollfd client = {.fd = info ? info->connect_fd : -1, .events = POLLRDHUP};

	return poll(&client, 1, 0) > 0;
}

struct store_call request_store(const struct request *request, const struct resource *resource)
{
	return (struct store_call){
		.db = request->web->db,
		.resource = resource,
		.tenant = request->tenant,
		.media = request->web->media,
		.actor = request->actor,
		.own_only = request->access <= ACCESS_AGENT,
	};
}

void request_base_url(const struct request *request, struct text *out)
{
	const char *url = config_text(request->web->config, CONFIG_WEB_URL);
	const char *host = request_header(request, "Host");
	size_t n = strlen(url);

	while (n && url[n - 1] == '/')
		n--;
	if (n)
		text_add_n(out, url, n);
	else
		text_addf(out, "%s://%s", request->secure ? "https" : "http",
		          host ? host : "localhost");
}

void request_begin_answer(struct request *request, struct reply *reply)
{
	struct exchange *exchange = (struct exchange *)request;

	(void)reply;
	if (exchange->begun_early)
		return;
	exchange->begun_early = true;
	atomic_store(&exchange->stage, STAGE_DONE);
	MHD_resume_connection(exchange->view.mhd);
}
