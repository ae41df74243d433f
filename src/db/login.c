#include "db/login.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "db/embedded.h"

static enum error_code read_secret(const char *path, uint8_t *ret_secret, struct error *err)
{
	AUTO(auto_close) int file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	uint8_t bytes[DB_SECRET_BYTES + 1];
	ssize_t n;

	if (file < 0)
		return error_errno(err, "read %s", path);
	n = read(file, bytes, sizeof(bytes));
	if (n < 0)
		return error_errno(err, "read %s", path);
	if (n == DB_SECRET_BYTES)
		memcpy(ret_secret, bytes, DB_SECRET_BYTES);
	sodium_memzero(bytes, sizeof(bytes));
	if (n != DB_SECRET_BYTES)
		return error_set(err, ERROR_INVALID, "state", "%s must be %d bytes long", path,
		                 DB_SECRET_BYTES);
	return ERROR_OK;
}

/* A whole file under a name of its own, then linked: whoever comes second finds the first's. */
static enum error_code make_secret(const char *directory, const char *path, struct error *err)
{
	AUTO(text_clear) struct text draft = {0};
	AUTO(auto_close) int file = -1;
	enum error_code code = ERROR_OK;
	struct stat state;
	uint8_t bytes[DB_SECRET_BYTES];

	text_addf(&draft, "%s.%ld", path, (long)getpid());
	if (draft.failed)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	file = open(text_string(&draft), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (file < 0)
		return error_errno(err, "write %s", text_string(&draft));
	/* Made by root, it is read by the user that owns the state directory. */
	if (stat(directory, &state) || (geteuid() == 0 && fchown(file, state.st_uid, state.st_gid)))
		code = error_errno(err, "write %s", path);
	randombytes_buf(bytes, sizeof(bytes));
	if (code == ERROR_OK &&
	    (write(file, bytes, sizeof(bytes)) != sizeof(bytes) || fsync(file) ||
	     (link(text_string(&draft), path) && errno != EEXIST)))
		code = error_errno(err, "write %s", path);
	sodium_memzero(bytes, sizeof(bytes));
	unlink(text_string(&draft));
	return code;
}

enum error_code db_login_load(const struct config *config, const char *application_name,
                              struct db_login *ret_login, struct error *err)
{
	const char *state = config_text(config, CONFIG_STATE);
	const char *database = config_text(config, CONFIG_DATABASE);
	AUTO(text_clear) struct text owner = {0};
	AUTO(text_clear) struct text path = {0};
	enum error_code code = ERROR_OK;

	*ret_login = (struct db_login){0};
	if (database[0])
		text_add(&owner, database);
	else
		embedded_conninfo(state, &owner);
	text_addf(&path, "%s/secret", state);
	if (path.failed || owner.failed)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	if (database[0]) {
		if (access(text_string(&path), F_OK) != 0 && errno == ENOENT)
			code = make_secret(state, text_string(&path), err);
		if (code == ERROR_OK)
			code = read_secret(text_string(&path), ret_login->secret, err);
		if (code != ERROR_OK)
			return code;
		ret_login->config.secret = ret_login->secret;
	}
	ret_login->owner = text_take(&owner);
	ret_login->config.owner = ret_login->owner;
	ret_login->config.application_name = application_name;
	return ERROR_OK;
}

void db_login_clear(struct db_login *login)
{
	if (login->owner)
		sodium_memzero(login->owner, strlen(login->owner));
	free(login->owner);
	sodium_memzero(login, sizeof(*login));
}
