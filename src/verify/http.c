/* What is tried, and what must come of it. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "db/queries.h"
#include "domain/isolation_scratch.h"
#include "domain/secret.h"
#include "verify/client.h"
#include "verify/sample.h"
#include "verify/verify.h"
#include "web/site.h"

enum { PARAMETERS_MAX = ROUTE_PARAMETERS_MAX };

/* Who asks: a user of A who is signed in. (A token may do less than that.) */
struct caller {
	const struct scratch_user *user;
	char secret[SECRET_TEXT_MAX];
};

/* What must be answered where B is named. */
enum expected {
	NOT_FOUND,      /* 404: a tenant, or a row of one's own tenant that is not there */
	NOT_OR_REFUSED, /* 404; 400: no row can be called so; 403: the role is not enough */
	REFUSED,        /* any refusal */
	SAME,           /* whatever it is, it says nothing of B */
	NOTHING_OF_B,   /* A's own: B is not named, and must not be in it */
};

/* One request with places that name somebody. A place is the index of a side's name, or OWN. */
enum { OWN = -1 };
struct attempt {
	const struct route *route;
	enum expected expected;
	size_t n_places;
	int places[PARAMETERS_MAX]; /* of the path's parameters, in order */
	const struct field *field;  /* of the body: names place `name`; NULL: none */
	const char *query;          /* a parameter that names place `name`; NULL: none */
	size_t name;
};

struct trial {
	struct scratch scratch;
	struct site *site;
	struct client *client;
	struct caller callers[SCRATCH_USERS];
	struct verify_report *report;
	struct client_answer answer, twin;
	struct text before, after;
};

static bool leaked(const struct trial *trial)
{
	return trial->report->leak.length > 0;
}

static void leak(struct trial *trial, const struct attempt *attempt, const struct caller *caller,
                 const char *path, const char *what)
{
	if (!leaked(trial))
		text_addf(&trial->report->leak, "%s of tenant A, %s %s: %s", caller->user->role,
		          web_method_name(attempt->route->method), path, what);
}

static enum error_code sign_in(struct trial *trial, struct caller *caller, struct error *err)
{
	const struct tx_scope scope = {.door = TX_OWNER};
	uint8_t hash[SECRET_HASH_BYTES];
	char text[SECRET_HASH_TEXT_MAX];
	struct tx_statement make;

	secret_make(SECRET_SESSION, caller->secret);
	secret_hash(caller->secret, hash);
	make = TX_QUERY(QUERY_ISOLATION_SESSION, caller->user->text, secret_hash_text(hash, text));
	return tx_run(trial->scratch.db, &scope, &make, 1, NULL, err);
}

static const char *place_name(const struct trial *trial, const struct scratch_side *side,
                              const struct attempt *attempt, size_t place, const char *parameter)
{
	int name = place < attempt->n_places ? attempt->places[place] : OWN;

	return name == OWN ? sample_own(&trial->scratch.a, attempt->route, parameter)
	                   : sample_name(side, (size_t)name);
}

/* The request's target, as side is named in it. */
static void write_path(const struct trial *trial, const struct scratch_side *side,
                       const struct attempt *attempt, struct text *out)
{
	const char *at = attempt->route->path;
	size_t place = 0;

	for (const char *open; (open = strchr(at, '{')); place++) {
		size_t n = strcspn(open + 1, "}");
		char parameter[64];

		text_add_n(out, at, (size_t)(open - at));
		snprintf(parameter, sizeof(parameter), "%.*s", (int)n, open + 1);
		client_escape(out, place_name(trial, side, attempt, place, parameter));
		at = open + n + 2;
	}
	text_add(out, at);
	if (attempt->query) {
		text_addf(out, "?%s=", attempt->query);
		client_escape(out, sample_name(side, attempt->name));
	}
}

static char *write_body(const struct trial *trial, const struct scratch_side *side,
                        const struct attempt *attempt)
{
	AUTO(json_auto_unref) json_t *body = sample_body(&trial->scratch.a, attempt->route);

	if (body && attempt->field &&
	    json_object_set_new(body, attempt->field->name,
	                        json_string(sample_name(side, attempt->name))))
		return NULL;
	return body ? json_dumps(body, JSON_COMPACT) : NULL;
}

static enum error_code send_as(struct trial *trial, const struct scratch_side *side,
                               const struct attempt *attempt, const struct caller *caller,
                               struct client_answer *answer, struct error *err)
{
	const struct route *route = attempt->route;
	AUTO(text_clear) struct text path = {0};
	AUTO(auto_free) char *body = write_body(trial, side, attempt);
	struct client_request request = {
		.method = web_method_name(route->method), .session = caller->secret, .body = body};

	write_path(trial, side, attempt, &path);
	if (path.failed || !body)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	request.path = text_string(&path);
	if (route->method != WEB_GET)
		request.type = route->flags & (ROUTE_BODY_RAW | ROUTE_BODY_FILE)
		                       ? "application/octet-stream"
		                       : "application/json";
	return client_send(trial->client, &request, route->flags & ROUTE_STREAM, answer, err);
}

enum { ENOUGH = 16 };

/* How much of name stands at text: all of it, or so much that it can be nothing else (what is too
 * long for an answer is cut). */
static size_t named(const char *text, const char *name)
{
	size_t n = 0;

	while (name[n] && text[n] == name[n])
		n++;
	return !name[n] || n >= ENOUGH ? n : 0;
}

/* A short name is found in the middle of an id as well, by chance. */
static bool stands_alone(const char *begin, const char *at, size_t n)
{
	return (at == begin || !isalnum((unsigned char)at[-1])) && !isalnum((unsigned char)at[n]);
}

/* The answer without what must differ: the request's id, and the names that were sent. */
static void normalise(const struct scratch_side *side, const struct text *body, struct text *out)
{
	static const char id[] = "\"request_id\":\"";
	const char *begin = text_string(body), *at = begin;

	text_reset(out);
	while (*at) {
		size_t skipped = 0;

		if (strncmp(at, id, strlen(id)) == 0)
			skipped = strlen(id) + strcspn(at + strlen(id), "\"");
		for (size_t i = 0; i < SAMPLE_NAMES && !skipped; i++)
			skipped = named(at, sample_name(side, i));
		if (skipped < ENOUGH && !stands_alone(begin, at, skipped))
			skipped = 0;
		text_add_char(out, skipped ? '?' : *at);
		at += skipped ? skipped : 1;
	}
}

static bool same_answer(struct trial *trial)
{
	AUTO(text_clear) struct text of_b = {0};
	AUTO(text_clear) struct text of_nobody = {0};

	if (trial->answer.status != trial->twin.status)
		return false;
	normalise(&trial->scratch.b, &trial->answer.body, &of_b);
	normalise(&trial->scratch.nobody, &trial->twin.body, &of_nobody);
	return !of_b.failed && !of_nobody.failed &&
	       strcmp(text_string(&of_b), text_string(&of_nobody)) == 0;
}

static bool is_expected(const struct attempt *attempt, const struct caller *caller, unsigned status)
{
	switch (attempt->expected) {
	case NOT_FOUND:
		return status == 404;
	case NOT_OR_REFUSED:
		return status == 404 || status == 400 ||
		       (status == 403 && caller->user->access < attempt->route->access);
	case REFUSED:
		return status >= 400 && status < 500;
	case SAME:
	case NOTHING_OF_B:
		break;
	}
	return status < 500;
}

/* Of B's names those that are B's alone. */
static const char *found_of_b(const struct trial *trial)
{
	const struct scratch_side *b = &trial->scratch.b;
	const char *const names[] = {b->text,          b->schema,        b->domain,
	                             b->users[0].text, b->users[1].text, b->users[2].text};

	for (size_t i = 0; i < COUNT_OF(names); i++)
		if (strstr(text_string(&trial->answer.body), names[i]))
			return names[i];
	return NULL;
}

static void judge(struct trial *trial, const struct attempt *attempt, const struct caller *caller,
                  const char *path)
{
	char what[ERROR_MESSAGE_MAX];

	if (!is_expected(attempt, caller, trial->answer.status)) {
		snprintf(what, sizeof(what), "answered %u: %.180s", trial->answer.status,
		         text_string(&trial->answer.body));
		leak(trial, attempt, caller, path, what);
	} else if (attempt->expected == NOTHING_OF_B) {
		if (found_of_b(trial)) {
			snprintf(what, sizeof(what), "shows tenant B's %.80s", found_of_b(trial));
			leak(trial, attempt, caller, path, what);
		}
	} else if (!same_answer(trial)) {
		snprintf(what, sizeof(what), "tells what exists: %u %.90s; for nobody's: %u %.90s",
		         trial->answer.status, text_string(&trial->answer.body), trial->twin.status,
		         text_string(&trial->twin.body));
		leak(trial, attempt, caller, path, what);
	}
}

static enum error_code try_as(struct trial *trial, const struct attempt *attempt,
                              const struct caller *caller, struct error *err)
{
	AUTO(text_clear) struct text path = {0};
	enum error_code code =
		send_as(trial, &trial->scratch.b, attempt, caller, &trial->answer, err);

	if (code == ERROR_OK && attempt->expected != NOTHING_OF_B)
		code = send_as(trial, &trial->scratch.nobody, attempt, caller, &trial->twin, err);
	if (code != ERROR_OK)
		return code;
	trial->report->requests++;
	write_path(trial, &trial->scratch.b, attempt, &path);
	judge(trial, attempt, caller, text_string(&path));
	return ERROR_OK;
}

static enum error_code try_all(struct trial *trial, const struct attempt *attempt,
                               struct error *err)
{
	enum error_code code = ERROR_OK;

	for (size_t i = 0; i < SCRATCH_USERS && code == ERROR_OK && !leaked(trial); i++)
		code = try_as(trial, attempt, &trial->callers[i], err);
	return code;
}

static size_t count_places(const struct route *route, bool *ret_tenant)
{
	size_t n = 0;

	*ret_tenant = strstr(route->path, "{tenant}") != NULL;
	for (const char *at = route->path; (at = strchr(at, '{')); at++)
		n++;
	return n;
}

/* B's tenant in the path, by its id and by its domain, and a row of it by each of its names. */
static enum error_code try_tenant(struct trial *trial, const struct route *route, struct error *err)
{
	enum { ID = 0, DOMAIN_NAME = 7 };
	struct attempt attempt = {.route = route, .expected = NOT_FOUND};
	enum error_code code = ERROR_OK;
	bool tenant;

	attempt.n_places = count_places(route, &tenant);
	if (!tenant)
		return ERROR_OK;
	for (int name = 0; name < SAMPLE_NAMES && code == ERROR_OK; name++) {
		for (size_t i = 1; i < attempt.n_places; i++)
			attempt.places[i] = name;
		attempt.places[0] = ID;
		if (name == ID || attempt.n_places > 1)
			code = try_all(trial, &attempt, err);
		attempt.places[0] = DOMAIN_NAME;
		if (name == ID && code == ERROR_OK)
			code = try_all(trial, &attempt, err);
	}
	return code;
}

/* A row of B in a path that names A, or no tenant. With two keys also beside one of A's own. */
static enum error_code try_rows(struct trial *trial, const struct route *route, struct error *err)
{
	struct attempt attempt = {.route = route, .expected = NOT_OR_REFUSED};
	enum error_code code = ERROR_OK;
	size_t first;
	bool tenant;

	attempt.n_places = count_places(route, &tenant);
	first = tenant ? 1 : 0;
	if (attempt.n_places <= first)
		return ERROR_OK;
	if (tenant)
		attempt.places[0] = OWN;
	for (int name = 0; name < SAMPLE_NAMES && code == ERROR_OK; name++) {
		for (size_t own = 0; own <= attempt.n_places - first && code == ERROR_OK; own++) {
			/* own 0: all are B's; else the own-th is A's. */
			if (own && attempt.n_places - first < 2)
				break;
			for (size_t i = first; i < attempt.n_places; i++)
				attempt.places[i] = own && i - first == own - 1 ? OWN : name;
			code = try_all(trial, &attempt, err);
		}
	}
	return code;
}

static enum error_code try_body(struct trial *trial, const struct route *route, struct error *err)
{
	const enum resource_verb verb =
		route->method == WEB_PATCH ? RESOURCE_UPDATE : RESOURCE_CREATE;
	struct attempt attempt = {.route = route, .expected = REFUSED};
	const struct field *fields;
	enum error_code code = ERROR_OK;
	size_t n;

	if (!sample_fields(route, &fields, &n))
		return ERROR_OK;
	for (size_t i = 0; i < n; i++) {
		if (!sample_is_reference(&fields[i]) || !field_settable(&fields[i], verb))
			continue;
		attempt.field = &fields[i];
		for (attempt.name = 0; attempt.name < SAMPLE_NAMES && code == ERROR_OK;
		     attempt.name++)
			code = try_all(trial, &attempt, err);
	}
	return code;
}

static enum error_code try_query(struct trial *trial, const struct route *route, struct error *err)
{
	enum { NAMES = 6 }; /* ids, and what rows are called */
	struct attempt attempt = {.route = route, .expected = SAME};
	enum error_code code = ERROR_OK;

	if (route->method != WEB_GET || route->flags & ROUTE_STREAM)
		return ERROR_OK;
	for (size_t i = 0; i < route->n_parameters && code == ERROR_OK; i++) {
		attempt.query = route->parameters[i].name;
		for (attempt.name = 0; attempt.name < NAMES && code == ERROR_OK; attempt.name++)
			code = try_all(trial, &attempt, err);
	}
	return code;
}

static enum error_code look_for_b(struct trial *trial, const struct route *route, struct error *err)
{
	const struct attempt attempt = {.route = route, .expected = NOTHING_OF_B};

	return route->method == WEB_GET ? try_all(trial, &attempt, err) : ERROR_OK;
}

static enum error_code compare_rows(struct trial *trial, const struct route *route,
                                    struct error *err)
{
	enum error_code code = scratch_rows(&trial->scratch, &trial->scratch.b, &trial->after, err);

	if (code == ERROR_OK && !leaked(trial) &&
	    strcmp(text_string(&trial->before), text_string(&trial->after)) != 0)
		text_addf(&trial->report->leak, "%s %s: a row of tenant B changed",
		          web_method_name(route->method), route->path);
	return code;
}

static enum error_code try_route(struct trial *trial, const struct route *route, struct error *err)
{
	enum error_code (*const kinds[])(struct trial *, const struct route *, struct error *) = {
		try_tenant, try_rows, try_body, try_query, look_for_b, compare_rows,
	};
	enum error_code code = ERROR_OK;

	trial->report->routes++;
	for (size_t i = 0; i < COUNT_OF(kinds) && code == ERROR_OK && !leaked(trial); i++)
		code = kinds[i](trial, route, err);
	return code;
}

static enum error_code open_trial(struct trial *trial, const struct config *config, struct db *db,
                                  struct error *err)
{
	unsigned tables;
	enum error_code code = scratch_open(db, &trial->scratch, &tables, err);

	for (size_t i = 0; i < SCRATCH_USERS && code == ERROR_OK; i++) {
		trial->callers[i].user = &trial->scratch.a.users[i];
		code = sign_in(trial, &trial->callers[i], err);
	}
	if (code == ERROR_OK)
		code = site_open(config, &trial->site, err);
	if (code == ERROR_OK)
		code = client_open(site_port(trial->site), &trial->client, err);
	if (code == ERROR_OK)
		code = scratch_rows(&trial->scratch, &trial->scratch.b, &trial->before, err);
	return code;
}

static void close_trial(struct trial *trial)
{
	client_close(trial->client);
	site_close(trial->site);
	text_clear(&trial->answer.body);
	text_clear(&trial->twin.body);
	text_clear(&trial->before);
	text_clear(&trial->after);
	for (size_t i = 0; i < SCRATCH_USERS; i++)
		explicit_bzero(trial->callers[i].secret, sizeof(trial->callers[i].secret));
}

enum error_code verify_http(const struct config *config, struct db *db,
                            struct verify_report *ret_report, struct error *err)
{
	struct trial trial = {.report = ret_report};
	enum error_code code;

	*ret_report = (struct verify_report){0};
	code = open_trial(&trial, config, db, err);
	if (code == ERROR_OK) {
		const struct routes *routes = site_routes(trial.site);

		for (size_t i = 0; i < routes_count(routes) && code == ERROR_OK && !leaked(&trial);
		     i++)
			code = try_route(&trial, routes_at(routes, i), err);
	}
	if (code == ERROR_OK && ret_report->leak.failed)
		code = error_set(err, ERROR_MEMORY, NULL, NULL);
	close_trial(&trial);
	return scratch_close(&trial.scratch, code, err);
}

void verify_report_clear(struct verify_report *report)
{
	text_clear(&report->leak);
}
