#include "web/api_resource.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "web/cursor.h"
#include "web/etag.h"

enum { KEY_MAX = 255 };

/* Parameters of every list; the others are columns. */
static const char *const list_parameters[] = {"limit", "cursor", "sort", "q", "from", "to"};

/* Who belongs where may have changed: whoever it is about need not wait until he is asked anew. */
static void forget_people(const struct request *request)
{
	if (request->route->resource->write_door == TX_PUBLIC)
		principals_forget(request->web->principals);
}

/* One text for each key of the resource: the path's parameters, behind the tenant's. */
static const char **row_keys(const struct request *request, char tenant[static UUID_TEXT_MAX],
                             const char *keys[static RESOURCE_KEYS_MAX])
{
	const struct resource *resource = request->route->resource;
	size_t first = resource_in_tenant(resource) ? 1 : 0;

	/* The path names a tenant, of whose rows none is in a tenant: the row is the tenant's own.
	 */
	if (!first && !uuid_is_nil(&request->tenant)) {
		keys[0] = uuid_format(&request->tenant, tenant);
		return keys;
	}
	for (size_t i = 0; i < resource_key_count(resource); i++)
		keys[i] = request->match.parameters[first + i].value;
	return keys;
}

struct filters {
	json_t *json;
	struct error *err;
	enum error_code code;
};

/* Which names there are, the route's parameters have told the gate already. */
static bool take_filter(const char *name, const char *value, void *arg)
{
	struct filters *filters = arg;

	for (size_t i = 0; i < COUNT_OF(list_parameters); i++)
		if (strcmp(list_parameters[i], name) == 0)
			return true;
	if (json_object_set_new(filters->json, name, json_string(value)))
		filters->code = error_set(filters->err, ERROR_MEMORY, NULL, NULL);
	return !filters->code;
}

static enum error_code read_filters(const struct request *request, json_t **ret_filters,
                                    struct error *err)
{
	AUTO(json_auto_unref) json_t *json = json_object();
	struct filters filters = {.json = json, .err = err};

	if (!json)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	request_queries(request, take_filter, &filters);
	if (!filters.code)
		*ret_filters = TAKE(json);
	return filters.code;
}

/* A token that is narrowed to one tenant lists that one, whatever else its user belongs to. */
static enum error_code narrow(const struct request *request, json_t *filters, bool *ret_nothing,
                              struct error *err)
{
	const struct principal *who = request->who;
	char text[UUID_TEXT_MAX];
	const char *id = json_string_value(json_object_get(filters, "id"));

	*ret_nothing = false;
	if (!who || who->kind != ACTOR_TOKEN || who->operator_ || !request->route->resource->own ||
	    !uuid_is_nil(&request->tenant))
		return ERROR_OK;
	*ret_nothing = who->n_memberships != 1;
	if (*ret_nothing)
		return ERROR_OK;
	uuid_format(&who->memberships[0].tenant, text);
	*ret_nothing = id && strcasecmp(id, text) != 0;
	return json_object_set_new(filters, "id", json_string(text))
	               ? error_set(err, ERROR_MEMORY, NULL, NULL)
	               : ERROR_OK;
}

static enum error_code write_list(const struct text *rows, const struct text *next,
                                  struct reply *reply, struct error *err)
{
	/* A cursor is base64url. */
	text_addf(&reply->body,
	          next->length ? "{\"items\":%s,\"next\":\"%s\"}" : "{\"items\":%s,\"next\":null}",
	          text_string(rows), text_string(next));
	return reply->body.failed ? error_set(err, ERROR_MEMORY, NULL, NULL) : ERROR_OK;
}

enum error_code api_resource_list(struct request *request, struct reply *reply, struct error *err)
{
	struct store_call call = request_store(request, request->route->resource);
	struct store_query query = {
		.after = request_query(request, "cursor"),
		.search = request_query(request, "q"),
		.sort = request_query(request, "sort"),
		.from = request_query(request, "from"),
		.to = request_query(request, "to"),
	};
	AUTO(json_auto_unref) json_t *filters = NULL;
	AUTO(text_clear) struct text rows = {0};
	AUTO(text_clear) struct text next = {0};
	char etag[STORE_ETAG_MAX];
	bool nothing = false;
	int64_t limit;
	enum error_code code = read_filters(request, &filters, err);

	if (!code)
		code = request_number(request, "limit", 1, STORE_LIMIT_MAX, STORE_LIMIT_DEFAULT,
		                      &limit, err);
	if (!code)
		code = narrow(request, filters, &nothing, err);
	if (code)
		return code;
	query.limit = (unsigned)limit;
	query.filter = filters;
	if (nothing)
		text_add(&rows, "[]");
	else
		code = store_list(&call, &query, &rows, &next, err);
	/* The store calls it by its own name. */
	if (code && err && strcmp(err->field, "after") == 0)
		return cursor_bad(err);
	if (!code)
		code = write_list(&rows, &next, reply, err);
	if (code)
		return code;
	etag_of(&reply->body, etag);
	etag_answer(request, etag, reply);
	return ERROR_OK;
}

enum error_code api_resource_show(struct request *request, struct reply *reply, struct error *err)
{
	struct store_call call = request_store(request, request->route->resource);
	const char *keys[RESOURCE_KEYS_MAX];
	char tenant[UUID_TEXT_MAX], etag[STORE_ETAG_MAX] = "";
	enum error_code code = request_switch(request, "secrets", &call.show_secrets, err);

	/* Below an administrator, only rows that are one's own are seen at all. */
	if (!code && call.show_secrets && !call.own_only && request->access < ACCESS_ADMIN)
		code = error_set(err, ERROR_FORBIDDEN, "secrets", "is not for this role");
	if (code)
		return code;
	call.ret_etag = etag;
	code = store_show(&call, row_keys(request, tenant, keys), &reply->body, err);
	if (!code)
		etag_answer(request, etag, reply);
	return code;
}

static void hash_request(const struct request *request, const char *content, size_t n,
                         uint8_t ret_hash[static STORE_REQUEST_HASH_BYTES])
{
	crypto_generichash_state state;
	char tenant[UUID_TEXT_MAX];
	const char *parts[] = {
		web_method_name(request->route->method),
		request->route->path,
		uuid_format(&request->tenant, tenant),
	};

	crypto_generichash_init(&state, NULL, 0, STORE_REQUEST_HASH_BYTES);
	for (size_t i = 0; i < COUNT_OF(parts); i++)
		crypto_generichash_update(&state, (const uint8_t *)parts[i], strlen(parts[i]) + 1);
	crypto_generichash_update(&state, (const uint8_t *)content, n);
	crypto_generichash_final(&state, ret_hash, STORE_REQUEST_HASH_BYTES);
}

enum error_code api_resource_once(const struct request *request, const char *content, size_t n,
                                  struct store_once *once, bool *ret_given, struct error *err)
{
	const char *key = request_header(request, "Idempotency-Key");
	size_t length = key ? strlen(key) : 0;

	*ret_given = key;
	if (!key)
		return ERROR_OK;
	for (size_t i = 0; i < length; i++)
		if (key[i] < '!' || key[i] > '~')
			length = 0;
	if (length < 1 || length > KEY_MAX)
		return error_set(err, ERROR_INVALID, "Idempotency-Key",
		                 "must be 1 to %d ASCII characters without blanks", KEY_MAX);
	*once = (struct store_once){.actor = request->who->user, .key = key, .status = 201};
	hash_request(request, content, n, once->request_hash);
	return ERROR_OK;
}

/* The new row's own path. Its keys are ids and names that need no escape. */
static enum error_code write_location(const struct request *request,
                                      const struct resource *resource, struct reply *reply,
                                      struct error *err)
{
	AUTO(json_auto_unref)
	json_t *row = json_loadb(text_string(&reply->body), reply->body.length, 0, NULL);
	AUTO(text_clear) struct text path = {0};
	char tenant[UUID_TEXT_MAX];

	text_add(&path, "/api/v1/");
	if (resource_in_tenant(resource))
		text_addf(&path, "tenants/%s/", uuid_format(&request->tenant, tenant));
	text_add(&path, resource->path);
	for (size_t i = 0; row && i < resource_key_count(resource); i++) {
		const char *key = json_string_value(json_object_get(row, resource->keys[i]));

		if (!key)
			return error_set(err, ERROR_INTERNAL, resource->keys[i],
			                 "is missing in the row");
		text_addf(&path, "/%s", key);
	}
	if (!row || path.failed)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	reply_header(reply, "Location", "%s", path.data);
	return ERROR_OK;
}

/* What a body names and is not there is a wrong value: 404 is about the path. */
static enum error_code blame_body(const struct request *request, enum error_code code,
                                  const struct error *err)
{
	return code == ERROR_NOT_FOUND && json_object_get(request->json, err->field) ? ERROR_INVALID
	                                                                             : code;
}

enum error_code api_resource_created(const struct request *request, const struct store_call *call,
                                     struct reply *reply, struct error *err)
{
	enum error_code code = write_location(request, call->resource, reply, err);

	if (code)
		return code;
	reply->status = 201;
	if (call->once && call->once->replayed)
		reply_header(reply, "Idempotency-Replayed", "true");
	etag_answer(request, call->ret_etag, reply);
	return ERROR_OK;
}

enum error_code api_resource_create(struct request *request, struct reply *reply, struct error *err)
{
	struct store_call call = request_store(request, request->route->resource);
	char etag[STORE_ETAG_MAX] = "";
	struct store_once once;
	bool is_once;
	enum error_code code = api_resource_once(request, request->body, request->body_bytes, &once,
	                                         &is_once, err);

	if (code)
		return code;
	call.once = is_once ? &once : NULL;
	call.ret_etag = etag;
	code = blame_body(request, store_create(&call, request->json, &reply->body, err), err);
	if (code)
		return code;
	forget_people(request);
	return api_resource_created(request, &call, reply, err);
}

/* PATCH and actions: what comes back is the row, under the condition of If-Match. */
static enum error_code change(struct request *request, struct reply *reply, struct error *err)
{
	struct store_call call = request_store(request, request->route->resource);
	const struct resource_action *action = request->route->action;
	const char *keys[RESOURCE_KEYS_MAX];
	char tenant[UUID_TEXT_MAX], if_match[STORE_ETAG_MAX], etag[STORE_ETAG_MAX] = "";
	enum error_code code = etag_required(request, if_match, &call.if_match, err);

	if (code)
		return code;
	call.ret_etag = etag;
	row_keys(request, tenant, keys);
	if (action)
		code = store_act(&call, keys, action, &reply->body, err);
	else
		code = blame_body(request,
		                  store_update(&call, keys, request->json, &reply->body, err), err);
	if (code)
		return code;
	forget_people(request);
	etag_answer(request, etag, reply);
	return ERROR_OK;
}

enum error_code api_resource_update(struct request *request, struct reply *reply, struct error *err)
{
	return change(request, reply, err);
}

enum error_code api_resource_act(struct request *request, struct reply *reply, struct error *err)
{
	AUTO(json_auto_unref) json_t *body = NULL;
	enum error_code code = ERROR_OK;

	/* It takes no body; an empty object is what some clients cannot leave out. */
	if (request->body_bytes)
		code = resource_parse(request->body, request->body_bytes, &body, err);
	if (!code && json_object_size(body))
		code = error_set(err, ERROR_UNKNOWN_FIELD,
		                 json_object_iter_key(json_object_iter(body)),
		                 "this takes no fields");
	return code ? code : change(request, reply, err);
}

/* The row's confirm column given once more, as the command line asks for it. */
static enum error_code confirm(const struct request *request, const struct store_call *call,
                               const char *const *keys, struct error *err)
{
	const char *column = request->route->resource->confirm;
	const char *given = request_query(request, "confirm");
	AUTO(text_clear) struct text json = {0};
	AUTO(json_auto_unref) json_t *row = NULL;
	const char *name;
	enum error_code code;

	if (!column)
		return ERROR_OK;
	code = store_show(call, keys, &json, err);
	if (code)
		return code;
	row = json_loadb(text_string(&json), json.length, 0, NULL);
	name = json_string_value(json_object_get(row, column));
	if (!name)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	if (!given)
		return error_set(err, ERROR_MISSING, "confirm",
		                 "must be the %s's %s: this deletes everything in it",
		                 request->route->resource->name, column);
	if (strcasecmp(given, name) != 0)
		return error_set(err, ERROR_INVALID, "confirm",
		                 "is not the %s's %s; nothing was deleted",
		                 request->route->resource->name, column);
	return ERROR_OK;
}

enum error_code api_resource_delete(struct request *request, struct reply *reply, struct error *err)
{
	struct store_call call = request_store(request, request->route->resource);
	const char *keys[RESOURCE_KEYS_MAX];
	char tenant[UUID_TEXT_MAX], if_match[STORE_ETAG_MAX];
	enum error_code code = confirm(request, &call, row_keys(request, tenant, keys), err);

	if (!code)
		code = etag_required(request, if_match, &call.if_match, err);
	if (!code)
		code = store_delete(&call, keys, err);
	if (code)
		return code;
	forget_people(request);
	reply->status = 204;
	return ERROR_OK;
}
