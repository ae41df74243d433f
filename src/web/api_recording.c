#include "web/api_recording.h"

#include <string.h>

#include "web/reply.h"
#include "web/request.h"
#include "web/stored_file.h"

static enum error_code api_recording(struct request *request, struct reply *reply,
                                     struct error *err)
{
	const struct store_call call = request_store(request, resource_find("cdr"));
	const char *keys[RESOURCE_KEYS_MAX] = {request_parameter(request, "id")};
	AUTO(text_clear) struct text json = {0};
	AUTO(json_auto_unref) json_t *row = NULL;
	struct stored_file file = {0};
	enum error_code code = store_show(&call, keys, &json, err);

	if (code)
		return code;
	row = json_loadb(text_string(&json), json.length, 0, NULL);
	if (!row)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	file.path = json_string_value(json_object_get(row, "recording_path"));
	if (!file.path)
		return error_set(err, ERROR_NOT_FOUND, "recording_path",
		                 "this call was not recorded");
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
};

const struct route_table api_recording_routes = {routes, COUNT_OF(routes)};
