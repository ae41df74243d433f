/*
 * What the settings freeswitch-* must be beyond their types. Checked when a command starts that
 * uses them, so that a mistake is told at once and not by a call that fails.
 */
#ifndef CENTREX_FREESWITCH_SETTINGS_H
#define CENTREX_FREESWITCH_SETTINGS_H

#include "base/config.h"

enum { SETTINGS_PASSWORD_LEAST = 16 };

/* All of them. The error has the setting's name as field, and the rule and where the value came
 * from as message. */
MUST_CHECK enum error_code freeswitch_settings_check(const struct config *config,
                                                     struct error *err);

/* Logs a warning for each password that is shorter than SETTINGS_PASSWORD_LEAST. Such are taken:
 * FreeSWITCHes that are there have theirs, and only networks of freeswitch-from may ask. */
void freeswitch_settings_warn(const struct config *config);

#endif
