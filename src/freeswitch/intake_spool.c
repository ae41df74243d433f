#include "freeswitch/intake_spool.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/files.h"
#include "base/uuid.h"
#include "freeswitch/record.h"

#define FINISHED   ".cdr"
#define UNFINISHED ".part"
#define MAGIC      "centrex call record 1\ncontent-type: "
#define URL_UUID   "\nurl-uuid: "
#define BODY       "\n\n"

enum { HEADER_MAX = 1024, VALUE_MAX = 200, NAME_SIZE = 96 };

struct spool {
	int directory, lock;
	atomic_size_t waiting;
};

static bool ends_in(const char *name, const char *end)
{
	size_t n = strlen(name), end_n = strlen(end);

	return n > end_n && strcmp(name + n - end_n, end) == 0;
}

static void auto_closedir(DIR **directory)
{
	if (*directory)
		closedir(*directory);
}

/* A stream of its own, from the beginning. */
static DIR *open_stream(const struct spool *spool)
{
	int file = openat(spool->directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *stream = file < 0 ? NULL : fdopendir(file);

	if (!stream && file >= 0)
		close(file);
	return stream;
}

/* Counts what is there and removes what was never finished. */
static enum error_code look_around(struct spool *spool, struct error *err)
{
	AUTO(auto_closedir) DIR *stream = open_stream(spool);
	const struct dirent *entry;

	if (!stream)
		return error_errno(err, "read the spool");
	while ((errno = 0, entry = readdir(stream))) {
		if (ends_in(entry->d_name, FINISHED))
			atomic_fetch_add(&spool->waiting, 1);
		else if (ends_in(entry->d_name, UNFINISHED))
			(void)unlinkat(spool->directory, entry->d_name, 0);
	}
	return errno ? error_errno(err, "read the spool") : ERROR_OK;
}

/* The lock is on a file of its own: it goes with the process, whatever ends it. */
static enum error_code take_directory(struct spool *spool, const char *path, struct error *err)
{
	if (mkdir(path, 0700) != 0 && errno != EEXIST)
		return error_errno(err, "make %s", path);
	spool->directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (spool->directory < 0)
		return error_errno(err, "open the directory %s", path);
	spool->lock =
		openat(spool->directory, "lock", O_CREAT | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (spool->lock < 0)
		return error_errno(err, "create %s/lock", path);
	if (flock(spool->lock, LOCK_EX | LOCK_NB) == 0)
		return ERROR_OK;
	if (errno == EWOULDBLOCK)
		return error_set(err, ERROR_BUSY, NULL, "another process holds %s", path);
	return error_errno(err, "lock %s/lock", path);
}

enum error_code spool_open(const char *path, struct spool **ret_spool, struct error *err)
{
	struct spool *spool = calloc(1, sizeof(*spool));
	enum error_code code;

	if (!spool)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	spool->directory = spool->lock = -1;
	code = take_directory(spool, path, err);
	if (code == ERROR_OK)
		code = look_around(spool, err);
	if (code != ERROR_OK) {
		spool_close(spool);
		return code;
	}
	*ret_spool = spool;
	return ERROR_OK;
}

void spool_close(struct spool *spool)
{
	if (!spool)
		return;
	auto_close(&spool->lock);
	auto_close(&spool->directory);
	free(spool);
}

size_t spool_waiting(struct spool *spool)
{
	return atomic_load(&spool->waiting);
}

/* The channel of the query, as part of a name; "unknown" for anything else. */
static void leg_name(const char *url_uuid, char ret_leg[static UUID_TEXT_MAX])
{
	struct uuid leg;

	if (strncmp(url_uuid, "a_", 2) == 0)
		url_uuid += 2;
	if (uuid_parse(url_uuid, &leg))
		uuid_format(&leg, ret_leg);
	else
		snprintf(ret_leg, UUID_TEXT_MAX, "unknown");
}

static void new_name(const struct intake_letter *letter, char ret_name[static NAME_SIZE])
{
	const struct uuid random = uuid_random();
	char leg[UUID_TEXT_MAX], hex[UUID_HEX_MAX];

	leg_name(letter->url_uuid, leg);
	snprintf(ret_name, NAME_SIZE, "%016llx-%s-%.12s", (unsigned long long)clock_unix_us(), leg,
	         uuid_format_hex(&random, hex));
}

/* On one line. */
static void add_value(struct text *header, const char *value)
{
	for (size_t n = 0; n < VALUE_MAX && value[n]; n++)
		text_add_char(header, value[n] >= ' ' && value[n] <= '~' ? value[n] : '?');
}

static enum error_code write_letter(int file, const struct intake_letter *letter, struct error *err)
{
	AUTO(text_clear) struct text header = {0};
	enum error_code code;

	text_add(&header, MAGIC);
	add_value(&header, letter->content_type);
	text_add(&header, URL_UUID);
	add_value(&header, letter->url_uuid);
	text_add(&header, BODY);
	if (header.failed)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	code = files_write_at(file, 0, header.data, header.length, err);
	if (code == ERROR_OK)
		code = files_write_at(file, header.length, letter->body, letter->n, err);
	if (code == ERROR_OK && fsync(file) != 0)
		code = files_error(err, "sync a spooled record");
	return code;
}

enum error_code spool_put(struct spool *spool, const struct intake_letter *letter,
                          struct error *err)
{
	char name[NAME_SIZE], part[NAME_SIZE + sizeof(UNFINISHED)];
	char whole[NAME_SIZE + sizeof(FINISHED)];
	enum error_code code;

	new_name(letter, name);
	snprintf(part, sizeof(part), "%s" UNFINISHED, name);
	snprintf(whole, sizeof(whole), "%s" FINISHED, name);

	AUTO(auto_close)
	int file = openat(spool->directory, part, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);

	if (file < 0)
		return files_error(err, "create a spooled record");
	code = write_letter(file, letter, err);
	if (code == ERROR_OK && renameat(spool->directory, part, spool->directory, whole) != 0)
		code = files_error(err, "name a spooled record");
	if (code == ERROR_OK && fsync(spool->directory) != 0) {
		/* It stays, and is sent again: that changes nothing. */
		atomic_fetch_add(&spool->waiting, 1);
		return files_error(err, "sync the spool");
	}
	if (code != ERROR_OK) {
		(void)unlinkat(spool->directory, part, 0);
		return code;
	}
	atomic_fetch_add(&spool->waiting, 1);
	return ERROR_OK;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static enum error_code add_name(struct spool_names *names, size_t *room, const char *name,
                                struct error *err)
{
	if (names->n == *room) {
		size_t more = *room ? *room * 2 : 64;
		char **grown = reallocarray(names->names, more, sizeof(*grown));

		if (!grown)
			return error_set(err, ERROR_MEMORY, NULL, NULL);
		names->names = grown;
		*room = more;
	}
	names->names[names->n] = strdup(name);
	if (!names->names[names->n])
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	names->n++;
	return ERROR_OK;
}

enum error_code spool_list(struct spool *spool, struct spool_names *ret_names, struct error *err)
{
	AUTO(auto_closedir) DIR *stream = open_stream(spool);
	struct spool_names names = {0};
	enum error_code code = ERROR_OK;
	const struct dirent *entry;
	size_t room = 0;

	if (!stream)
		return error_errno(err, "read the spool");
	while (code == ERROR_OK && (errno = 0, entry = readdir(stream)))
		if (ends_in(entry->d_name, FINISHED))
			code = add_name(&names, &room, entry->d_name, err);
	if (code == ERROR_OK && errno)
		code = error_errno(err, "read the spool");
	if (code != ERROR_OK) {
		spool_names_clear(&names);
		return code;
	}
	if (names.n)
		qsort(names.names, names.n, sizeof(*names.names), by_name);
	*ret_names = names;
	return ERROR_OK;
}

void spool_names_clear(struct spool_names *names)
{
	for (size_t i = 0; i < names->n; i++)
		free(names->names[i]);
	free(names->names);
	*names = (struct spool_names){0};
}

enum error_code spool_read_file(int directory, const char *name, size_t most,
                                struct text *ret_bytes, struct error *err)
{
	AUTO(auto_close)
	int file = openat(directory, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat status;
	char block[16384];
	ssize_t n;

	if (file < 0 && errno == ELOOP)
		return error_set(err, ERROR_INVALID, NULL, "%.100s is a link", name);
	if (file < 0 || fstat(file, &status) != 0)
		return error_errno(err, "open %.100s", name);
	if (!S_ISREG(status.st_mode))
		return error_set(err, ERROR_INVALID, NULL, "%.100s is no regular file", name);
	while ((n = read(file, block, sizeof(block))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_errno(err, "read %.100s", name);
		if (ret_bytes->length + (size_t)n > most)
			return error_set(err, ERROR_TOO_LARGE, NULL, "%.100s is too large", name);
		text_add_n(ret_bytes, block, (size_t)n);
		if (ret_bytes->failed)
			return error_set(err, ERROR_MEMORY, NULL, NULL);
	}
	return ERROR_OK;
}

/* Where the header's value ends and the text `until` begins; NULL: nowhere near. */
static char *value_end(char *from, const char *until)
{
	char *end = from ? strstr(from, until) : NULL;

	return end && end - from <= VALUE_MAX ? end : NULL;
}

static void take_apart(struct spooled *spooled)
{
	char *bytes = spooled->bytes.data;
	bool ours = bytes && strncmp(bytes, MAGIC, strlen(MAGIC)) == 0;
	char *type = ours ? bytes + strlen(MAGIC) : NULL;
	char *type_end = value_end(type, URL_UUID);
	char *uuid = type_end ? type_end + strlen(URL_UUID) : NULL;
	char *uuid_end = value_end(uuid, BODY);
	const char *body = uuid_end ? uuid_end + strlen(BODY) : NULL;

	spooled->letter =
		(struct intake_letter){"", "", text_string(&spooled->bytes), spooled->bytes.length};
	if (!body)
		return;
	*type_end = *uuid_end = '\0';
	spooled->letter = (struct intake_letter){type, uuid, body,
	                                         spooled->bytes.length - (size_t)(body - bytes)};
}

enum error_code spool_get(struct spool *spool, const char *name, struct spooled *ret_spooled,
                          struct error *err)
{
	enum error_code code;

	*ret_spooled = (struct spooled){0};
	code = spool_read_file(spool->directory, name, RECORD_BODY_MAX + HEADER_MAX,
	                       &ret_spooled->bytes, err);
	if (code == ERROR_OK)
		take_apart(ret_spooled);
	else
		spooled_clear(ret_spooled);
	return code;
}

void spooled_clear(struct spooled *spooled)
{
	text_clear(&spooled->bytes);
	spooled->letter = (struct intake_letter){0};
}

enum error_code spool_remove(struct spool *spool, const char *name, struct error *err)
{
	if (unlinkat(spool->directory, name, 0) != 0)
		return error_errno(err, "remove %s", name);
	atomic_fetch_sub(&spool->waiting, 1);
	return ERROR_OK;
}
