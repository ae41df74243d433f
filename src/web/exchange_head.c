/* What the head of a request may say: everything here is decided before a byte of its body is
 * read. */
#include <string.h>
#include <strings.h>

#include "web/console.h"
#include "web/server_internal.h"

enum { TARGET_MAX = 8192, HEADER_MAX = 16 * 1024, HOST_MAX = 255 };

/* What stands around the file in a body of that size. */
enum { UPLOAD_SPARE = 64 * 1024 };

static const struct {
	const char *name;
	enum web_method method;
} methods[] = {
	{"GET",    WEB_GET   },
        {"POST",   WEB_POST  },
        {"PUT",    WEB_PUT   },
	{"PATCH",  WEB_PATCH },
        {"DELETE", WEB_DELETE},
        {"HEAD",   WEB_GET   },
};

/* Fields that decide something: given twice, two readers would take two different ones. */
static const char *const single[] = {
	"Host",          "Content-Length", "Transfer-Encoding", "Content-Type",
	"Authorization", "Origin",         "Idempotency-Key",   "If-Match",
};

static bool refuse(struct exchange *exchange, unsigned status, enum error_code code,
                   const char *field, const char *message)
{
	exchange->reply.status = status;
	error_set(&exchange->err, code, field, "%s", message);
	return false;
}

struct fields {
	unsigned seen; /* bits of single */
	int twice;     /* index, -1: none */
};

static enum MHD_Result count_field(void *cls, enum MHD_ValueKind kind, const char *name,
                                   const char *value)
{
	struct fields *fields = cls;

	(void)kind;
	(void)value;
	for (unsigned i = 0; i < COUNT_OF(single); i++)
		if ((name[0] | 0x20) == (single[i][0] | 0x20) && strcasecmp(name, single[i]) == 0) {
			if (fields->seen & 1u << i)
				fields->twice = (int)i;
			fields->seen |= 1u << i;
		}
	return MHD_YES;
}

/* RFC 3986: a name or address, a port. It goes into links. */
static bool is_host(const char *host)
{
	size_t n = 0;

	while ((host[n] >= '0' && host[n] <= '9') ||
	       ((host[n] | 0x20) >= 'a' && (host[n] | 0x20) <= 'z') ||
	       (host[n] && strchr("-._[]:", host[n])))
		n++;
	return n && n <= HOST_MAX && !host[n];
}

static bool check_fields(struct exchange *exchange)
{
	struct MHD_Connection *mhd = exchange->view.mhd;
	const union MHD_ConnectionInfo *size =
		MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
	const char *coding = request_header(&exchange->request, "Transfer-Encoding");
	const char *host = request_header(&exchange->request, "Host");
	struct fields fields = {.twice = -1};

	if (size && size->header_size > HEADER_MAX)
		return refuse(exchange, 431, ERROR_TOO_LARGE, NULL, "the header is too large");
	MHD_get_connection_values(mhd, MHD_HEADER_KIND, count_field, &fields);
	if (fields.twice >= 0)
		return refuse(exchange, 400, ERROR_INVALID, single[fields.twice],
		              "is given more than once");
	if (coding && request_header(&exchange->request, "Content-Length"))
		return refuse(exchange, 400, ERROR_INVALID, "Content-Length",
		              "does not go with Transfer-Encoding");
	if (coding && strcasecmp(coding, "chunked") != 0)
		return refuse(exchange, 501, ERROR_INVALID, "Transfer-Encoding", "must be chunked");
	/* RFC 9112 section 3.2. */
	if (host ? !is_host(host) : strcmp(exchange->version, "HTTP/1.1") == 0)
		return refuse(exchange, 400, ERROR_INVALID, "Host", "must be a host name");
	return true;
}

/* The path of an absolute target (RFC 9112 section 3.2.2). */
static char *origin_form(char *target)
{
	size_t n = 0;

	if (strncasecmp(target, "http://", 7) == 0)
		n = 7;
	else if (strncasecmp(target, "https://", 8) == 0)
		n = 8;
	return n ? target + n + strcspn(target + n, "/?") : target;
}

static void allow(struct exchange *exchange)
{
	unsigned allowed = exchange->request.match.allowed;
	char list[64] = "";
	size_t n = 0;

	for (unsigned i = 0; i < WEB_METHOD_COUNT; i++)
		if (allowed & 1u << i)
			n += (size_t)snprintf(list + n, sizeof(list) - n, "%s%s", n ? ", " : "",
			                      web_method_name(i));
	if (allowed & 1u << WEB_GET)
		snprintf(list + n, sizeof(list) - n, ", HEAD");
	reply_header(&exchange->reply, "Allow", "%s", list);
}

static bool find_method(struct exchange *exchange, enum web_method *ret_method)
{
	exchange->options = strcmp(exchange->method, "OPTIONS") == 0;
	*ret_method = WEB_GET;
	for (size_t i = 0; i < COUNT_OF(methods); i++)
		if (strcmp(exchange->method, methods[i].name) == 0) {
			*ret_method = methods[i].method;
			exchange->head = methods[i].name[0] == 'H';
			return true;
		}
	return exchange->options;
}

/* A path of another server's is none of this one's, whatever the method. */
static bool is_served(const struct exchange *exchange, const char *path)
{
	const struct route_match *match = &exchange->request.match;
	const struct route *route = match->route;

	for (unsigned i = 0; i < WEB_METHOD_COUNT && !route; i++) {
		struct route_match one;

		if (!(match->allowed & 1u << i))
			continue;
		routes_match(exchange->server->web->routes, i, path, &one);
		route = one.route;
	}
	return !route || exchange->server->faces &
	                         (route->flags & ROUTE_SWITCH ? SERVER_SWITCHES : SERVER_PEOPLE);
}

static bool wants_page(const struct request *request)
{
	const char *accept = request_header(request, "Accept");

	return accept && strstr(accept, "text/html");
}

/* What no route has may be the console's. */
static void find_console(struct exchange *exchange, const char *path, enum web_method method)
{
	struct request *request = &exchange->request;
	const struct console *console = request->web->console;

	if (request->match.route || request->match.allowed || !console ||
	    !(exchange->server->faces & SERVER_PEOPLE))
		return;
	request->file = console_find(console, path, wants_page(request));
	if (!request->file)
		return;
	exchange->gated = true;
	if (method == WEB_GET && !exchange->options)
		request->match.route = &console_route;
	else
		request->match.allowed = 1u << WEB_GET;
}

static bool find_route(struct exchange *exchange, const char *path, enum web_method method)
{
	struct request *request = &exchange->request;

	routes_match(request->web->routes, method, path, &request->match);
	if (!is_served(exchange, path)) {
		request->match.route = NULL;
		request->match.allowed = 0;
	}
	find_console(exchange, path, method);
	request->route = request->match.route;
	if (exchange->options) {
		/* Asked for no one method: what there is, is in Allow. */
		if (request->route)
			for (unsigned i = 0; i < WEB_METHOD_COUNT; i++) {
				struct route_match one;

				routes_match(request->web->routes, i, path, &one);
				request->match.allowed |= one.route ? 1u << i : one.allowed;
			}
		request->route = NULL;
	}
	if (!request->route && request->match.allowed) {
		allow(exchange);
		return refuse(exchange, 405, ERROR_INVALID, NULL,
		              "this path does not have that method");
	}
	if (!request->route)
		return refuse(exchange, 404, ERROR_NOT_FOUND, NULL, "there is no such path");
	return true;
}

static bool check_length(struct exchange *exchange)
{
	const char *length = request_header(&exchange->request, "Content-Length");

	exchange->body_max = exchange->request.route->body_max_bytes;
	if (!exchange->body_max && exchange->request.route->flags & ROUTE_BODY_FILE)
		exchange->body_max = (uint64_t)config_number(exchange->request.web->config,
		                                             CONFIG_WEB_UPLOAD_MAX_MIB) *
		                             1024 * 1024 +
		                     UPLOAD_SPARE;
	if (!exchange->body_max)
		exchange->body_max = RESOURCE_BODY_MAX;
	/* libmicrohttpd has refused what is no number. */
	if (!length || strtoull(length, NULL, 10) <= exchange->body_max)
		return true;
	exchange->cut = exchange->request.route->flags & ROUTE_CUT;
	if (!exchange->cut)
		return refuse(exchange, 0, ERROR_TOO_LARGE, NULL, "the body is too large");
	return true;
}

bool exchange_read_head(struct exchange *exchange)
{
	char *path = exchange->target ? origin_form(exchange->target) : NULL;
	char *query = path ? strchr(path, '?') : NULL;
	enum web_method method;

	if (!path || (path[0] != '/' && strcmp(path, "*") != 0))
		return refuse(exchange, 400, ERROR_INVALID, NULL, "the target must be a path");
	if (strlen(path) > TARGET_MAX ||
	    (query ? (size_t)(query - path) : strlen(path)) >= ROUTE_PATH_MAX)
		return refuse(exchange, 414, ERROR_TOO_LARGE, NULL, "the target is too long");
	if (query)
		*query++ = '\0';
	if (!find_method(exchange, &method))
		return refuse(exchange, 501, ERROR_INVALID, NULL, "there is no such method");
	if (!check_fields(exchange)) {
		/* Where its end is, another reader may see elsewhere: nothing more is read of it.
		 */
		reply_header(&exchange->reply, "Connection", "close");
		return false;
	}
	if (!find_route(exchange, path, method))
		return false;
	/* Of a switch what stands in the body counts: it is not lost for a bad query. What stands
	 * behind a page's "?" only its script reads. */
	return (exchange->request.route->flags & ROUTE_CONSOLE ||
	        url_query_parse(query, &exchange->view.query, &exchange->err) == ERROR_OK ||
	        exchange->request.route->flags & ROUTE_SWITCH) &&
	       check_length(exchange);
}
