#include "web/api_setting.h"

#include "web/etag.h"

/* Somebody else may set or delete it in between: then the other way is right. */
enum { ATTEMPTS = 3 };

static enum error_code put_once(const struct store_call *call, const struct request *request,
                                struct text *out, struct error *err)
{
	const char *name = request_parameter(request, "name");
	AUTO(json_auto_unref) json_t *body = json_deep_copy(request->json);
	enum error_code code;

	if (!body)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	code = store_update(call, &name, body, out, err);
	if (code != ERROR_NOT_FOUND || call->if_match)
		return code;
	if (json_object_update(body, request->json) ||
	    json_object_set_new(body, "name", json_string(name)))
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	return store_create(call, body, out, err);
}

static enum error_code put_setting(struct request *request, struct reply *reply, struct error *err)
{
	struct store_call call = request_store(request, resource_find("setting"));
	char if_match[STORE_ETAG_MAX], etag[STORE_ETAG_MAX] = "";
	enum error_code code = etag_required(request, if_match, &call.if_match, err);

	if (code)
		return code;
	call.ret_etag = etag;
	code = ERROR_CONFLICT;
	for (int i = 0; i < ATTEMPTS && code == ERROR_CONFLICT; i++)
		code = put_once(&call, request, &reply->body, err);
	if (!code)
		etag_answer(request, etag, reply);
	return code;
}

/* clang-format off */
static const struct field value_fields[] = {
	{.name = "value", .type = FIELD_JSON, .flags = FIELD_REQUIRED, .most = 65536,
	 .description = "its value"},
};

static const struct field setting_fields[] = {
	{.name = "name", .type = FIELD_TEXT, .most = 63, .description = "the setting's name"},
	{.name = "value", .type = FIELD_JSON, .most = 65536, .description = "its value"},
	{.name = "updated_at", .type = FIELD_TIME, .description = "when it was last changed"},
};

static const struct shape value_shape = {"SettingValue", value_fields, COUNT_OF(value_fields), false};
static const struct shape setting_shape = {"SettingPut", setting_fields, COUNT_OF(setting_fields), false};

static const struct route routes[] = {
	{.method = WEB_PUT, .path = "/api/v1/tenants/{tenant}/settings/{name}", .access = ACCESS_ADMIN,
	 .handle = put_setting, .summary = "Set a setting, whether it is there or not", .tag = "settings",
	 .body = &value_shape, .answer = &setting_shape, .status = 200},
};
/* clang-format on */

const struct route_table api_setting_routes = {routes, COUNT_OF(routes)};
