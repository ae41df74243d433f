#include "serve/demo_admin.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/random.h"
#include "domain/session.h"
#include "domain/store.h"

enum { PASSWORD_LENGTH = 16 };

const struct actor demo_actor = {.kind = ACTOR_COMMAND, .name = "centrex demo"};

static void file_path(const struct config *config, struct text *out)
{
	text_addf(out, "%s/demo-admin", config_text(config, CONFIG_STATE));
}

/* "": there is no such file, or it is not ours. */
static void read_password(const char *path, char ret_password[static DEMO_ADMIN_PASSWORD_MAX])
{
	AUTO(auto_close) int file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	ssize_t n = file < 0 ? 0 : read(file, ret_password, DEMO_ADMIN_PASSWORD_MAX - 1);

	ret_password[n > 0 ? n : 0] = '\0';
	ret_password[strcspn(ret_password, "\n")] = '\0';
}

/* First on disk, then in the database: what was made can always be printed. */
static enum error_code write_password(const char *path, const char *password, struct error *err)
{
	AUTO(auto_close)
	int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	ssize_t n = (ssize_t)strlen(password);

	if (file < 0 || fchmod(file, 0600) || write(file, password, (size_t)n) != n ||
	    write(file, "\n", 1) != 1)
		return error_errno(err, "write %s", path);
	return ERROR_OK;
}

static enum error_code has_users(struct db *db, bool *ret_has, struct error *err)
{
	const struct store_call call = {.db = db, .resource = resource_find("user")};
	const struct store_query query = {.limit = 1};
	AUTO(text_clear) struct text rows = {0};
	AUTO(text_clear) struct text next = {0};
	enum error_code code = store_list(&call, &query, &rows, &next, err);

	if (code == ERROR_OK)
		*ret_has = strcmp(text_string(&rows), "[]") != 0;
	return code;
}

static enum error_code make(struct db *db, const char *path,
                            char ret_password[static DEMO_ADMIN_PASSWORD_MAX], struct error *err)
{
	const struct store_call call = {
		.db = db, .resource = resource_find("user"), .actor = demo_actor};
	AUTO(json_auto_unref) json_t *body = NULL;
	AUTO(text_clear) struct text row = {0};
	enum error_code code;

	random_password(ret_password, PASSWORD_LENGTH);
	body = json_pack("{s:s, s:s, s:s}", "email", DEMO_ADMIN_EMAIL, "password", ret_password,
	                 "global_role", "admin");
	if (!body)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	code = write_password(path, ret_password, err);
	return code ? code : store_create(&call, body, &row, err);
}

enum error_code demo_admin(const struct config *config, struct db *db, bool only_demo,
                           char ret_password[static DEMO_ADMIN_PASSWORD_MAX], struct error *err)
{
	AUTO(text_clear) struct text path = {0};
	bool users = true, matches = false;
	enum error_code code = has_users(db, &users, err);

	ret_password[0] = '\0';
	file_path(config, &path);
	if (!code && path.failed)
		code = error_set(err, ERROR_MEMORY, NULL, NULL);
	if (code)
		return code;
	if (!users)
		return only_demo ? make(db, path.data, ret_password, err) : ERROR_OK;
	read_password(path.data, ret_password);
	if (!*ret_password)
		return ERROR_OK;
	code = session_password_matches(db, DEMO_ADMIN_EMAIL, ret_password, &matches, err);
	if (code || !matches)
		explicit_bzero(ret_password, DEMO_ADMIN_PASSWORD_MAX);
	return code;
}
