#include "base/config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/config_state.h"
#include "base/config_value.h"

enum { FILE_MAX_BYTES = 256 * 1024, VARIABLE_MAX = 64 };

static const struct config_row rows[] = {
#define X(id, name, type, preset, least, most, choices, description)                               \
	[CONFIG_##id] = {name, CONFIG_##type, preset, least, most, choices, description},
	CONFIG_LIST(X)
#undef X
};

/* Not a setting: it says where settings are. */
static const struct config_row file_row = {"config", CONFIG_PATH, "", 0, 0, "", "settings file"};

struct value {
	char *text;
	int64_t number;
	enum config_source source;
	unsigned line; /* of the file */
};

struct config {
	struct value values[CONFIG_SETTING_COUNT];
	/* What a reload starts from again; NULL: not given. */
	char *flags[CONFIG_SETTING_COUNT];
	char *environment[CONFIG_SETTING_COUNT];
	char *file_given; /* by --config or CENTREX_CONFIG */
	char *file;       /* what was read */
};

static const char *variable_name(const char *name, char buffer[static VARIABLE_MAX])
{
	static const char upper[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	size_t n = (size_t)snprintf(buffer, VARIABLE_MAX, "CENTREX_%s", name);

	for (size_t i = 8; i < n && i < VARIABLE_MAX - 1; i++) {
		if (buffer[i] == '-')
			buffer[i] = '_';
		else if (buffer[i] >= 'a' && buffer[i] <= 'z')
			buffer[i] = upper[buffer[i] - 'a'];
	}
	return buffer;
}

static void add_origin(const char *name, enum config_source source, const char *file, unsigned line,
                       struct text *out)
{
	char variable[VARIABLE_MAX];

	switch (source) {
	case CONFIG_DEFAULT:
		text_add(out, "default");
		break;
	case CONFIG_FILE:
		text_addf(out, "%s line %u", file, line);
		break;
	case CONFIG_ENVIRONMENT:
		text_addf(out, "environment %s", variable_name(name, variable));
		break;
	case CONFIG_FLAG:
		text_addf(out, "flag --%s", name);
		break;
	}
}

/* The rule that was broken, and where the value came from: "must be ... (flag --sip-port)". */
static void blame(const char *name, enum config_source source, const char *file, unsigned line,
                  struct error *err)
{
	AUTO(text_clear) struct text message = {0};

	if (!err)
		return;
	text_addf(&message, "%s (", err->message);
	add_origin(name, source, file, line, &message);
	text_add(&message, ")");
	error_set(err, err->code, name, "%s", text_string(&message));
}

static enum error_code set_value(struct config *config, enum config_setting setting,
                                 const char *text, enum config_source source, unsigned line,
                                 struct error *err)
{
	struct value *value = &config->values[setting];
	char *kept = NULL;
	int64_t number = 0;
	AUTO(text_clear) struct text path = {0};
	enum error_code code;

	/* In the file, relative to the file: everybody who reads it must find the same. */
	if (source == CONFIG_FILE && rows[setting].type == CONFIG_PATH && text[0] &&
	    text[0] != '/') {
		text_addf(&path, "%.*s%s", (int)(strrchr(config->file, '/') + 1 - config->file),
		          config->file, text);
		if (path.failed)
			return error_set(err, ERROR_MEMORY, NULL, NULL);
		text = path.data;
	}
	code = config_value_parse(&rows[setting], text, &kept, &number, err);
	if (code != ERROR_OK) {
		blame(rows[setting].name, source, config->file, line, err);
		return code;
	}
	free(value->text);
	*value = (struct value){.text = kept, .number = number, .source = source, .line = line};
	return ERROR_OK;
}

/* The row of a name of n bytes; -1: none. */
static int find_setting(const char *name, size_t n)
{
	for (int i = 0; i < CONFIG_SETTING_COUNT; i++) {
		if (strncmp(rows[i].name, name, n) == 0 && !rows[i].name[n])
			return i;
	}
	return -1;
}

static enum error_code keep(char **slot, const char *text, struct error *err)
{
	free(*slot);
	*slot = strdup(text);
	return *slot ? ERROR_OK : error_set(err, ERROR_MEMORY, NULL, NULL);
}

/* Where the text of a flag goes; NULL: the flag is not a setting's. */
static char **flag_slot(struct config *config, const char *name, size_t n, bool *ret_is_switch)
{
	int setting = find_setting(name, n);

	*ret_is_switch = setting >= 0 && rows[setting].type == CONFIG_SWITCH;
	if (setting >= 0)
		return &config->flags[setting];
	return n == 6 && memcmp(name, "config", 6) == 0 ? &config->file_given : NULL;
}

static enum error_code take_flags(struct config *config, int *argc, char **argv, struct error *err)
{
	enum error_code code = ERROR_OK;
	int kept = 0;
	int i = 0;

	for (; i < *argc && code == ERROR_OK && strcmp(argv[i], "--") != 0; i++) {
		const char *name = argv[i] + 2;
		size_t n;
		char **slot;
		bool is_switch;

		n = strncmp(argv[i], "--", 2) == 0 ? strcspn(name, "=") : 0;
		slot = i && n ? flag_slot(config, name, n, &is_switch) : NULL;
		if (!slot)
			argv[kept++] = argv[i];
		else if (name[n] == '=')
			code = keep(slot, name + n + 1, err);
		else if (is_switch)
			code = keep(slot, "yes", err);
		else if (i + 1 >= *argc || strncmp(argv[i + 1], "--", 2) == 0)
			code = error_set(err, ERROR_MISSING, name, "--%s needs a value", name);
		else
			code = keep(slot, argv[++i], err);
	}
	while (i < *argc)
		argv[kept++] = argv[i++];
	*argc = kept;
	argv[kept] = NULL;
	return code;
}

static enum error_code take_environment(struct config *config, struct error *err)
{
	enum error_code code = ERROR_OK;
	char variable[VARIABLE_MAX];
	const char *text;

	for (size_t i = 0; i < CONFIG_SETTING_COUNT && code == ERROR_OK; i++) {
		text = getenv(variable_name(rows[i].name, variable));
		if (text && (text[0] || !rows[i].preset[0]))
			code = keep(&config->environment[i], text, err);
	}
	text = getenv("CENTREX_CONFIG");
	if (code == ERROR_OK && !config->file_given && text && text[0])
		code = keep(&config->file_given, text, err);
	return code;
}

static enum error_code read_file(const char *path, struct text *ret_text, struct error *err)
{
	AUTO(auto_close) int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	char chunk[4096];
	ssize_t n;

	if (file < 0)
		return error_errno(err, "read the settings file %s", path);
	while ((n = read(file, chunk, sizeof(chunk))) > 0 && ret_text->length <= FILE_MAX_BYTES)
		text_add_n(ret_text, chunk, (size_t)n);
	if (n < 0)
		return error_errno(err, "read the settings file %s", path);
	if (ret_text->length > FILE_MAX_BYTES)
		return error_set(err, ERROR_TOO_LARGE, "config", "%s is larger than %d bytes", path,
		                 FILE_MAX_BYTES);
	return ret_text->failed ? error_set(err, ERROR_MEMORY, NULL, NULL) : ERROR_OK;
}

static char *trim(char *text)
{
	size_t n;

	text += strspn(text, " \t\r");
	n = strlen(text);
	while (n && strchr(" \t\r", text[n - 1]))
		text[--n] = '\0';
	return text;
}

static enum error_code apply_line(struct config *config, char *line, unsigned number,
                                  struct error *err)
{
	char *equals = strchr(line, '=');
	char *name;
	int setting;

	line = trim(line);
	if (!line[0] || line[0] == '#')
		return ERROR_OK;
	if (!equals)
		return error_set(err, ERROR_INVALID, "config", "%s line %u: must be name = value",
		                 config->file, number);
	*equals = '\0';
	name = trim(line);
	setting = find_setting(name, strlen(name));
	if (setting < 0)
		return error_set(err, ERROR_UNKNOWN_FIELD, name,
		                 "%s line %u: there is no such setting", config->file, number);
	if (config->values[setting].source == CONFIG_FILE)
		return error_set(err, ERROR_INVALID, name, "stands twice in %s (lines %u and %u)",
		                 config->file, config->values[setting].line, number);
	if (setting == CONFIG_STATE && !config->file_given)
		return error_set(err, ERROR_INVALID, name,
		                 "cannot be set in the file that stands in it (%s line %u)",
		                 config->file, number);
	return set_value(config, (enum config_setting)setting, trim(equals + 1), CONFIG_FILE,
	                 number, err);
}

static enum error_code apply_file(struct config *config, struct error *err)
{
	AUTO(text_clear) struct text content = {0};
	enum error_code code = read_file(config->file, &content, err);
	unsigned number = 1;
	char *line;

	if (code != ERROR_OK)
		return code;
	if (strlen(text_string(&content)) != content.length)
		return error_set(err, ERROR_INVALID, "config", "%s contains a NUL", config->file);
	line = content.data;
	while (line && code == ERROR_OK) {
		char *end = strchr(line, '\n');

		if (end)
			*end = '\0';
		code = apply_line(config, line, number++, err);
		line = end ? end + 1 : NULL;
	}
	return code;
}

static enum error_code apply_given(struct config *config, enum config_setting setting,
                                   struct error *err)
{
	if (config->flags[setting])
		return set_value(config, setting, config->flags[setting], CONFIG_FLAG, 0, err);
	if (config->environment[setting])
		return set_value(config, setting, config->environment[setting], CONFIG_ENVIRONMENT,
		                 0, err);
	return ERROR_OK;
}

static enum error_code find_file(struct config *config, struct error *err)
{
	AUTO(text_clear) struct text path = {0};
	AUTO(auto_free) char *given = TAKE(config->file_given);
	int64_t unused;
	enum error_code code;

	if (given) {
		code = config_value_parse(&file_row, given, &config->file_given, &unused, err);
		if (code == ERROR_OK)
			code = keep(&config->file, config->file_given, err);
		return code;
	}
	text_addf(&path, "%s/centrex.conf", config_text(config, CONFIG_STATE));
	if (path.failed)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	if (access(text_string(&path), F_OK) != 0) {
		if (errno == ENOENT || errno == ENOTDIR)
			return ERROR_OK;
		if (errno == EACCES)
			return error_set(err, ERROR_FORBIDDEN, "state",
			                 "%s belongs to another user; use sudo",
			                 config_text(config, CONFIG_STATE));
	}
	return keep(&config->file, text_string(&path), err);
}

/* Rules between two settings. */
static enum error_code check_together(const struct config *config, struct error *err)
{
	static const struct {
		enum config_setting low, high;
		int64_t apart;
		const char *rule;
	} pairs[] = {
		{CONFIG_RTP_PORT_LEAST,      CONFIG_RTP_PORT_MOST,      3,
	         "must be at least 3 below rtp-port-most (a call needs four ports)"},
		{CONFIG_SIP_EXPIRES_LEAST_S, CONFIG_SIP_EXPIRES_MOST_S, 0,
	         "must not be over sip-expires-most-s"                             },
	};
	int64_t port = config_number(config, CONFIG_SIP_PORT);

	for (size_t i = 0; i < COUNT_OF(pairs); i++) {
		const struct value *low = &config->values[pairs[i].low];
		const struct value *high = &config->values[pairs[i].high];
		const struct value *culprit = low->source >= high->source ? low : high;

		if (low->number + pairs[i].apart <= high->number)
			continue;
		error_set(err, ERROR_INVALID, NULL, "%s", pairs[i].rule);
		blame(rows[pairs[i].low].name, culprit->source, config->file, culprit->line, err);
		return ERROR_INVALID;
	}
	if (port && port == config_number(config, CONFIG_SIP_TLS_PORT))
		return error_set(err, ERROR_INVALID, "sip-tls-port",
		                 "must not be sip-port, which is %lld too", (long long)port);
	return ERROR_OK;
}

/* From flags, environment and file_given to values. state: where it is when nobody says. */
static enum error_code settle(struct config *config, const char *state, struct error *err)
{
	enum error_code code = ERROR_OK;

	for (size_t i = 0; i < CONFIG_SETTING_COUNT && code == ERROR_OK; i++) {
		const char *preset = i == CONFIG_STATE ? state : rows[i].preset;

		code = set_value(config, (enum config_setting)i, preset, CONFIG_DEFAULT, 0, err);
	}
	/* The file may stand in the state directory, so that one first. */
	if (code == ERROR_OK)
		code = apply_given(config, CONFIG_STATE, err);
	if (code == ERROR_OK)
		code = find_file(config, err);
	if (code == ERROR_OK && config->file)
		code = apply_file(config, err);
	for (size_t i = 0; i < CONFIG_SETTING_COUNT && code == ERROR_OK; i++)
		code = apply_given(config, (enum config_setting)i, err);
	return code == ERROR_OK ? check_together(config, err) : code;
}

/* A path stays the one it was when it was given: `centrex serve` changes its working directory, and
 * its children have that one. */
static enum error_code pin_paths(struct config *config, struct error *err)
{
	enum error_code code = ERROR_OK;

	for (size_t i = 0; i < CONFIG_SETTING_COUNT && code == ERROR_OK; i++) {
		char **given = config->flags[i] ? &config->flags[i] : &config->environment[i];

		if (rows[i].type == CONFIG_PATH && *given)
			code = keep(given, config->values[i].text, err);
	}
	return code;
}

enum error_code config_load(int *argc, char **argv, struct config **ret_config, struct error *err)
{
	AUTO(config_auto_free) struct config *config = calloc(1, sizeof(*config));
	enum error_code code;

	if (!config)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	code = take_flags(config, argc, argv, err);
	if (code == ERROR_OK)
		code = take_environment(config, err);
	if (code == ERROR_OK)
		code = settle(config, config_state_default(), err);
	if (code == ERROR_OK)
		code = pin_paths(config, err);
	if (code == ERROR_OK)
		*ret_config = TAKE(config);
	return code;
}

enum error_code config_reload(const struct config *old, struct config **ret_config,
                              struct error *err)
{
	AUTO(config_auto_free) struct config *config = calloc(1, sizeof(*config));
	const char *state = config_text(old, CONFIG_STATE);
	enum error_code code = ERROR_OK;

	if (!config)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	for (size_t i = 0; i < CONFIG_SETTING_COUNT && code == ERROR_OK; i++) {
		if (old->flags[i])
			code = keep(&config->flags[i], old->flags[i], err);
		if (code == ERROR_OK && old->environment[i])
			code = keep(&config->environment[i], old->environment[i], err);
	}
	if (code == ERROR_OK && old->file_given)
		code = keep(&config->file_given, old->file_given, err);
	/* Not the default anew: it would be another one now that we are no longer root. */
	if (code == ERROR_OK)
		code = settle(config, state, err);
	if (code == ERROR_OK && strcmp(config_text(config, CONFIG_STATE), state) != 0)
		code = error_set(err, ERROR_INVALID, "state", "cannot change while Centrex runs");
	if (code == ERROR_OK)
		*ret_config = TAKE(config);
	return code;
}

void config_free(struct config *config)
{
	if (!config)
		return;
	for (size_t i = 0; i < CONFIG_SETTING_COUNT; i++) {
		free(config->values[i].text);
		free(config->flags[i]);
		free(config->environment[i]);
	}
	free(config->file_given);
	free(config->file);
	free(config);
}

void config_auto_free(struct config **config)
{
	config_free(*config);
}

const char *config_text(const struct config *config, enum config_setting setting)
{
	return config->values[setting].text;
}

int64_t config_number(const struct config *config, enum config_setting setting)
{
	return config->values[setting].number;
}

bool config_switch(const struct config *config, enum config_setting setting)
{
	return config->values[setting].number != 0;
}

const char *config_name(enum config_setting setting)
{
	return rows[setting].name;
}

const char *config_description(enum config_setting setting)
{
	return rows[setting].description;
}

enum config_type config_type(enum config_setting setting)
{
	return rows[setting].type;
}

enum config_source config_source(const struct config *config, enum config_setting setting)
{
	return config->values[setting].source;
}

void config_origin(const struct config *config, enum config_setting setting, struct text *out)
{
	const struct value *value = &config->values[setting];

	add_origin(rows[setting].name, value->source, config->file, value->line, out);
}

void config_show(const struct config *config, enum config_setting setting, struct text *out)
{
	if (rows[setting].type == CONFIG_PASSWORD && config->values[setting].text[0])
		text_add(out, "***");
	else if (rows[setting].type == CONFIG_SECRET)
		config_value_mask(config->values[setting].text, out);
	else
		text_add(out, config->values[setting].text);
}

const char *config_file(const struct config *config)
{
	return config->file;
}

enum error_code config_export(const struct config *config, struct error *err)
{
	char variable[VARIABLE_MAX];
	int failed = setenv("CENTREX_STATE", config_text(config, CONFIG_STATE), 1);

	for (size_t i = 0; i < CONFIG_SETTING_COUNT && !failed; i++) {
		const char *given = config->flags[i] ? config->flags[i] : config->environment[i];

		if (given && i != CONFIG_STATE)
			failed = setenv(variable_name(rows[i].name, variable), given, 1);
	}
	if (!failed && config->file_given)
		failed = setenv("CENTREX_CONFIG", config->file_given, 1);
	return failed ? error_errno(err, "set up the environment of a child process") : ERROR_OK;
}
