/*
 * The settings that Centrex knows, each with its type and limits: a misspelt name or a value that
 * means nothing is refused. Whatever begins with "x-" is anybody's own: a program that works with
 * the API may keep something of its tenant there.
 */
#ifndef CENTREX_DOMAIN_SETTINGS_H
#define CENTREX_DOMAIN_SETTINGS_H

#include "domain/resource.h"

/* As fields: name, type, limits, description. */
extern const struct field settings[];
extern const size_t n_settings;

/* ERROR_INVALID: field "name", there is no such setting; field "value", it breaks the setting's
 * rule. */
MUST_CHECK enum error_code setting_check(const char *name, const json_t *value, struct error *err);

#endif
