#include "web/api_recording.h"

#include <string.h>

#include "domain/recording.h"
#include "web/reply.h"
#include "web/request.h"
#include "web/stored_file.h"

/* The call's record; *ret_path points into it. */
static enum error_code find(const struct request *request, const struct store_call *call,
                            json_t **ret_row, const char **ret_path, struct error *err)
{
	const char *keys[RESOURCE_KEYS_MAX] = {request_parameter(request, "id")};
	AUTO(text_clear) struct text json = {0};
	enum error_code code = store_show(call, keys, &json, err);

	if (code)
		return code;
	*ret_row = json_loadb(text_string(&json), json.length, 0, NULL);
	if (!*ret_row)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	*ret_path = json_string_value(json_object_get(*ret_row, "recording_path"));
	return *ret_path ? ERROR_OK
	                 : error_set(err, ERROR_NOT_FOUND, "recording_path",
	                             "this call has no recording");
}

static enum error_code api_recording_delete(struct request *request, struct reply *reply,
                                            struct error *err)
{
	const struct store_call call = request_store(request, resource_find("cdr"));
	AUTO(json_auto_unref) json_t *row = NULL;
	const char *path;
	enum error_code code = find(request, &call, &row, &path, err);

	if (!code)
		code = recording_delete(&call, request->web->media,
		                        json_string_value(json_object_get(row, "id")), path, err);
	if (!code)
		reply->status = 204;
	return code;
}

static enum error_code api_recording(struct request *request, struct reply *reply,
                                     struct error *err)
{
	const struct store_call call = request_store(request, resource_find("cdr"));
	AUTO(json_auto_unref) json_t *row = NULL;
	struct stored_file file = {0};
	enum error_code code = find(request, &call, &row, &file.path, err);

	if (code)
		return code;
	file.name = strrchr(file.path, '/') ? strrchr(file.path, '/') + 1 : file.path;
	return stored_file_answer(request, &file, reply, err);
}

static const struct route routes[] = {
	{
         .method = WEB_GET,
         .path = "/api/v1/tenants/{tenant}/cdrs/{id}/recording",
         .access = ACCESS_AGENT,
         .flags = ROUTE_FILE,
         .handle = api_recording,
         .summary = "Get the recording of a call",
         .tag = "cdrs",
         .answer_type = "audio/wav audio/flac audio/ogg audio/mpeg application/octet-stream",
	 },
	{
         .method = WEB_DELETE,
         .path = "/api/v1/tenants/{tenant}/cdrs/{id}/recording",
         .access = ACCESS_ADMIN,
         .handle = api_recording_delete,
         .summary = "Delete the recording of a call",
         .tag = "cdrs",
	 },
};

const struct route_table api_recording_routes = {routes, COUNT_OF(routes)};
