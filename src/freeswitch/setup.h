/*
 * The configuration of a FreeSWITCH that works for this installation: every file of setup/ (in the
 * binary, script/embed-files), with what stands there as @NAME@ filled in. Values are escaped for
 * XML, and $ is written as a reference: FreeSWITCH replaces $${...} before it reads XML
 * (switch_xml.c, expand_vars).
 */
#ifndef CENTREX_FREESWITCH_SETUP_H
#define CENTREX_FREESWITCH_SETUP_H

#include <stdbool.h>

#include "base/config.h"
#include "freeswitch/nodes.h"

struct embedded_file {
	const char *path; /* below the directory */
	const char *text;
};

/* In the order of their paths; an empty row after the last. */
extern const struct embedded_file setup_templates[];

/* X(enum, name in the templates, kind): TEXT is escaped in .xml files, SECRET too and makes a file
 * its owner's alone, MARKUP is XML of ours. */
#define SETUP_VALUES(X)                                                                            \
	X(URL, "URL", TEXT)                                                                        \
	X(REACH, "REACH", TEXT)                                                                    \
	X(CREDENTIALS, "CREDENTIALS", SECRET)                                                      \
	X(EVENT_PASSWORD, "EVENT_PASSWORD", SECRET)                                                \
	X(EVENT_ADDRESS, "EVENT_ADDRESS", TEXT)                                                    \
	X(EVENT_HOST, "EVENT_HOST", TEXT)                                                          \
	X(EVENT_PORT, "EVENT_PORT", TEXT)                                                          \
	X(CENTREX_ADDRESS, "CENTREX_ADDRESS", MARKUP)                                              \
	X(SWITCHNAME, "SWITCHNAME", MARKUP)                                                        \
	X(PROFILE, "PROFILE", TEXT)                                                                \
	X(WHICH, "WHICH", TEXT)                                                                    \
	X(VERSION, "VERSION", TEXT)

enum setup_value {
#define X(id, ...) SETUP_##id,
	SETUP_VALUES(X)
#undef X
		SETUP_VALUE_COUNT
};

enum { SETUP_WARNINGS_MAX = 4 };

struct setup {
	struct text values[SETUP_VALUE_COUNT];
	const char
		*warnings[SETUP_WARNINGS_MAX]; /* what the settings leave open; NULL after the last
	                                        */
	bool force;
};

/* From the settings, which are checked (freeswitch_settings_check). node: one of freeswitch-nodes;
 * NULL: the only one there, or none. */
MUST_CHECK enum error_code setup_values(const struct config *config, const char *node,
                                        struct setup *setup, struct error *err);
void setup_clear(struct setup *setup);

/* Appends the file. ret_secret: it holds a password. */
MUST_CHECK enum error_code setup_render(const struct setup *setup, const struct embedded_file *file,
                                        struct text *out, bool *ret_secret, struct error *err);

/* Told of every file, in order. */
typedef void setup_written_h(const struct embedded_file *file, bool secret, void *arg);

/* Each file whole or not at all, 0600 where it holds a password, else 0644; directories that are
 * made 0700. ERROR_CONFLICT: the directory is not empty and setup->force is not set; with force
 * files of other names stay. */
MUST_CHECK enum error_code setup_write(const struct setup *setup, const char *directory,
                                       setup_written_h *written, void *arg, struct error *err);

/* `centrex freeswitch config`; argv[0] is "config". */
int setup_command(const struct config *config, int argc, char **argv);

#endif
