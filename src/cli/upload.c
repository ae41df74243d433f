#include "cli/upload.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/actor.h"
#include "cli/exit.h"
#include "cli/extra.h"
#include "cli/open_database.h"
#include "cli/output.h"
#include "domain/media.h"
#include "domain/tenant.h"

const char upload_usage[] =
	"centrex media upload --tenant TENANT --category CATEGORY FILE [FLAGS]\n"
	"  takes in an audio file (wav, flac, ogg or mp3) under its own name\n"
	"  --category            moh (music on hold) or ivr (announcement) (required)\n"
	"  --tenant              the tenant: domain or id\n"
	"  --json                print JSON; an error is JSON too\n";

struct arguments {
	const char *tenant, *category, *file;
	bool json;
};

static enum error_code open_file(const struct config *config, const char *path,
                                 struct media_upload *upload, struct error *err)
{
	const char *slash = strrchr(path, '/');
	int64_t most_mib = config_number(config, CONFIG_WEB_UPLOAD_MAX_MIB);
	struct stat status;

	upload->name = slash ? slash + 1 : path;
	upload->name_length = strlen(upload->name);
	/* A pipe has no end that could be checked. */
	upload->file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (upload->file < 0 || fstat(upload->file, &status))
		return error_errno(err, "open %.150s", path);
	if (!S_ISREG(status.st_mode))
		return error_set(err, ERROR_INVALID, "file", "is no regular file");
	if (status.st_size > most_mib * 1024 * 1024)
		return error_set(err, ERROR_TOO_LARGE, "file", "is larger than %lld MiB",
		                 (long long)most_mib);
	upload->bytes = (uint64_t)status.st_size;
	return ERROR_OK;
}

static enum error_code take(const struct config *config, struct db *db,
                            const struct media_upload *upload, const char *tenant_name,
                            struct text *ret_row, struct error *err)
{
	char name[ACTOR_NAME_MAX];
	AUTO(text_clear) struct text directory = {0};
	struct store_call call = {
		.db = db, .resource = resource_find("media"), .actor = actor_of_command(name)};
	struct uploads_config uploads_config = {
		.db = db, .quota_mib = config_number(config, CONFIG_MEDIA_QUOTA_MIB)};
	struct uploads *uploads = NULL;
	struct tenant tenant;
	enum error_code code = tenant_find(db, tenant_name, &tenant, err);

	text_addf(&directory, "%s/media", config_text(config, CONFIG_STATE));
	if (!code && directory.failed)
		code = error_set(err, ERROR_MEMORY, NULL, NULL);
	if (code)
		return code;
	call.tenant = tenant.id;
	uploads_config.directory = directory.data;
	code = uploads_open(&uploads_config, &uploads, err);
	if (!code)
		code = media_upload(uploads, &call, upload, ret_row, err);
	uploads_close(uploads);
	return code;
}

static enum error_code print(const char *row, bool json, struct error *err)
{
	AUTO(text_clear) struct text out = {0};
	enum error_code code = ERROR_OK;

	if (json) {
		puts(row);
		return ERROR_OK;
	}
	code = output_row(resource_find("media"), row, &out, err);
	if (!code)
		fputs(text_string(&out), stdout);
	return code;
}

int upload_command(const struct config *config, int argc, char **argv)
{
	struct arguments arguments = {0};
	const struct extra_argument known[] = {
		{"--tenant",   &arguments.tenant,   "is required: a domain or an id"},
		{"--category", &arguments.category, "is required: moh or ivr"       },
		{"file",       &arguments.file,     "is required: which file"       },
	};
	struct media_upload upload = {.file = -1};
	AUTO(text_clear) struct text row = {0};
	struct database database;
	struct error err;
	enum error_code code =
		extra_parse(argc, argv, known, COUNT_OF(known), &arguments.json, &err);

	if (!code)
		code = open_file(config, arguments.file, &upload, &err);
	if (!code)
		code = database_open(config, &database, &err);
	if (!code) {
		upload.category = arguments.category;
		code = take(config, database.db, &upload, arguments.tenant, &row, &err);
		if (code)
			code = database_explain(config, code, &err);
		database_close(&database);
	}
	if (!code)
		code = print(text_string(&row), arguments.json, &err);
	if (upload.file >= 0)
		close(upload.file);
	return code ? exit_report(&err, arguments.json) : exit_flushed();
}
