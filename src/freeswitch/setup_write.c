#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/files.h"
#include "base/xml.h"
#include "freeswitch/setup.h"

enum kind { TEXT, SECRET, MARKUP };

static const struct {
	const char *name;
	enum kind kind;
} names[] = {
#define X(id, name, kind) [SETUP_##id] = {name, kind},
	SETUP_VALUES(X)
#undef X
};

/* The value whose name stands at text, behind the @; -1: none. */
static int find_value(const char *text)
{
	for (int i = 0; i < SETUP_VALUE_COUNT; i++) {
		size_t n = strlen(names[i].name);

		if (strncmp(text, names[i].name, n) == 0 && text[n] == '@')
			return i;
	}
	return -1;
}

static void add_escaped(struct text *out, const struct text *value)
{
	AUTO(text_clear) struct text escaped = {0};
	const char *rest, *dollar;

	xml_escape(&escaped, text_string(value), value->length);
	rest = text_string(&escaped);
	while ((dollar = strchr(rest, '$'))) {
		text_add_n(out, rest, (size_t)(dollar - rest));
		text_add(out, "&#36;");
		rest = dollar + 1;
	}
	text_add(out, rest);
	out->failed = out->failed || escaped.failed;
}

enum error_code setup_render(const struct setup *setup, const struct embedded_file *file,
                             struct text *out, bool *ret_secret, struct error *err)
{
	size_t length = strlen(file->path);
	bool xml = length > 4 && strcmp(file->path + length - 4, ".xml") == 0;
	const char *rest = file->text, *at;

	*ret_secret = false;
	while ((at = strchr(rest, '@'))) {
		int value = find_value(at + 1);

		text_add_n(out, rest, (size_t)(at - rest) + (value < 0));
		rest = at + 1;
		if (value < 0)
			continue;
		*ret_secret = *ret_secret || names[value].kind == SECRET;
		if (xml && names[value].kind != MARKUP)
			add_escaped(out, &setup->values[value]);
		else
			text_add(out, text_string(&setup->values[value]));
		rest += strlen(names[value].name) + 1;
	}
	text_add(out, rest);
	return out->failed ? error_set(err, ERROR_MEMORY, NULL, NULL) : ERROR_OK;
}

static void auto_closedir(DIR **directory)
{
	if (*directory)
		closedir(*directory);
}

/* Makes it where it is not there. */
static enum error_code open_directory(const struct setup *setup, const char *path,
                                      struct error *err)
{
	AUTO(auto_closedir) DIR *directory = NULL;
	const struct dirent *entry;

	if (mkdir(path, 0700) == 0)
		return ERROR_OK;
	if (errno != EEXIST)
		return error_errno(err, "make %s", path);
	directory = opendir(path);
	if (!directory)
		return error_errno(err, "read %s", path);
	while (!setup->force && (entry = readdir(directory))) {
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			return error_set(err, ERROR_CONFLICT, NULL,
			                 "%.180s is not empty; --force replaces files of ours in "
			                 "it",
			                 path);
	}
	return ERROR_OK;
}

/* The folders of a file below the directory. */
static enum error_code make_folders(int directory, const char *path, struct error *err)
{
	for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
		AUTO(text_clear) struct text folder = {0};

		text_add_n(&folder, path, (size_t)(slash - path));
		if (folder.failed)
			return error_set(err, ERROR_MEMORY, NULL, NULL);
		if (mkdirat(directory, folder.data, 0700) != 0 && errno != EEXIST)
			return error_errno(err, "make %s", folder.data);
	}
	return ERROR_OK;
}

static enum error_code write_file(int directory, const char *path, const struct text *content,
                                  bool secret, struct error *err)
{
	AUTO(text_clear) struct text draft = {0};
	enum error_code code;

	text_addf(&draft, "%s.new", path);
	if (draft.failed)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	/* Of a run that was cut off. */
	if (unlinkat(directory, draft.data, 0) != 0 && errno != ENOENT)
		return error_errno(err, "remove %s", draft.data);
	AUTO(auto_close)
	int file = openat(directory, draft.data,
	                  O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (file < 0)
		return error_errno(err, "write %s", path);
	code = files_write_at(file, 0, text_string(content), content->length, err);
	if (code == ERROR_OK && !secret && fchmod(file, 0644) != 0)
		code = error_errno(err, "write %s", path);
	if (code == ERROR_OK && fsync(file) != 0)
		code = files_error(err, "write");
	if (code == ERROR_OK && renameat(directory, draft.data, directory, path) != 0)
		code = error_errno(err, "write %s", path);
	if (code != ERROR_OK)
		(void)unlinkat(directory, draft.data, 0);
	return code;
}

static enum error_code write_one(const struct setup *setup, int directory,
                                 const struct embedded_file *file, bool *ret_secret,
                                 struct error *err)
{
	AUTO(text_clear) struct text content = {0};
	enum error_code code = setup_render(setup, file, &content, ret_secret, err);

	if (code == ERROR_OK)
		code = make_folders(directory, file->path, err);
	if (code == ERROR_OK)
		code = write_file(directory, file->path, &content, *ret_secret, err);
	return code;
}

enum error_code setup_write(const struct setup *setup, const char *directory,
                            setup_written_h *written, void *arg, struct error *err)
{
	enum error_code code = open_directory(setup, directory, err);
	bool secret;

	if (code != ERROR_OK)
		return code;
	AUTO(auto_close) int place = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (place < 0)
		return error_errno(err, "open %s", directory);
	for (const struct embedded_file *file = setup_templates; file->path; file++) {
		code = write_one(setup, place, file, &secret, err);
		if (code != ERROR_OK)
			return code;
		written(file, secret, arg);
	}
	return ERROR_OK;
}
