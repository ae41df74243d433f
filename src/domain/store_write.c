#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "domain/store_parts.h"

enum error_code store_generate(const struct store_call *call, json_t *body, struct error *err)
{
	struct uuid id = uuid_at(clock_unix_us() / 1000);
	char text[UUID_TEXT_MAX];
	int failed = 0;

	if (strcmp(call->resource->keys[0], "id") == 0)
		failed |= json_object_set_new(body, "id", json_string(uuid_format(&id, text)));
	if (call->resource->tenant_column)
		failed |= json_object_set_new(body, call->resource->tenant_column,
		                              json_string(uuid_format(&call->tenant, text)));
	return failed ? error_set(err, ERROR_MEMORY, NULL, NULL) : ERROR_OK;
}

enum error_code store_create(const struct store_call *call, json_t *body, struct text *ret_row,
                             struct error *err)
{
	const struct resource *resource = call->resource;
	/* Seen once, by whoever made it: there is no other way to learn a generated password. */
	struct store_change change = {
		.call = call,
		.action = resource_verb_name(RESOURCE_CREATE),
		.body = body,
		.once = call->once,
		.show_secrets = true,
	};
	enum error_code code = resource_check(resource, RESOURCE_CREATE, body, err);

	if (!code && resource->check)
		code = resource->check(NULL, body, err);
	if (!code && resource->prepare)
		code = resource->prepare(RESOURCE_CREATE, body, err);
	if (!code)
		code = store_resolve(call, body, err);
	if (!code)
		code = store_generate(call, body, err);
	if (code)
		return code;
	return resource->create ? resource->create(call, body, ret_row, err)
	                        : store_change_run(&change, ret_row, err);
}

enum error_code store_update(const struct store_call *call, const char *const *keys, json_t *body,
                             struct text *ret_row, struct error *err)
{
	const struct resource *resource = call->resource;
	struct store_key key;
	struct store_change change = {
		.call = call,
		.action = resource_verb_name(RESOURCE_UPDATE),
		.key = &key,
		.body = body,
		.show_secrets = call->show_secrets,
	};
	enum error_code code = resource_check(resource, RESOURCE_UPDATE, body, err);

	if (!code && resource->check)
		code = resource->check(keys, body, err);
	if (!code && resource->prepare)
		code = resource->prepare(RESOURCE_UPDATE, body, err);
	if (!code)
		code = store_find_row(call, keys, &key, err);
	if (!code)
		code = store_resolve(call, body, err);
	if (!code)
		code = store_change_run(&change, ret_row, err);
	if (!code && resource->updated)
		code = resource->updated(call, body, text_string(ret_row), err);
	return code;
}

enum error_code store_act(const struct store_call *call, const char *const *keys,
                          const struct resource_action *action, struct text *ret_row,
                          struct error *err)
{
	AUTO(json_auto_unref) json_t *body = json_object();
	struct store_key key;
	struct store_change change = {
		.call = call,
		.action = action->name,
		.key = &key,
		.body = body,
		.show_secrets = true,
	};
	enum error_code code;

	if (!body)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	code = store_find_row(call, keys, &key, err);
	if (!code)
		code = action->fill(body, err);
	return code ? code : store_change_run(&change, ret_row, err);
}

static struct store_change deletion(const struct store_call *call, const struct store_key *key)
{
	return (struct store_change){
		.call = call,
		.action = resource_verb_name(RESOURCE_DELETE),
		.key = key,
	};
}

enum error_code store_delete_row(const struct store_call *call, const json_t *row,
                                 struct error *err)
{
	struct store_key key = {.n = resource_key_count(call->resource)};
	struct store_change change = deletion(call, &key);

	for (size_t i = 0; i < key.n; i++) {
		const char *value =
			json_string_value(json_object_get(row, call->resource->keys[i]));

		snprintf(key.values[i], STORE_KEY_MAX, "%s", value ? value : "");
	}
	return store_change_run(&change, NULL, err);
}

/* What may not go is refused before the hook begins to take it apart. */
static enum error_code remove_row(const struct store_call *call, const struct store_key *key,
                                  struct error *err)
{
	struct store_change change = deletion(call, key);
	struct store_call shown = *call;
	AUTO(json_auto_unref) json_t *row = NULL;
	AUTO(text_clear) struct text json = {0};
	enum error_code code = store_change_check(&change, err);

	shown.ret_etag = NULL;
	if (!code)
		code = store_show_row(&shown, key, &json, err);
	if (code)
		return code;
	row = json_loads(text_string(&json), 0, NULL);
	if (!row)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	return call->resource->remove(call, row, err);
}

enum error_code store_delete(const struct store_call *call, const char *const *keys,
                             struct error *err)
{
	struct store_key key;
	struct store_change change = deletion(call, &key);
	enum error_code code = store_find_row(call, keys, &key, err);

	if (code)
		return code;
	return call->resource->remove ? remove_row(call, &key, err)
	                              : store_change_run(&change, NULL, err);
}
