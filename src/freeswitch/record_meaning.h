/* What the values of a record say: see freeswitch/record.h for what the fields mean. */
#ifndef CENTREX_FREESWITCH_RECORD_MEANING_H
#define CENTREX_FREESWITCH_RECORD_MEANING_H

#include "freeswitch/record.h"
#include "freeswitch/record_values.h"

/* now_us: unix time; damage: what was wrong with the rest of the document, NULL: nothing.
 * ERROR_INVALID: it names no channel, and neither does url_uuid. */
MUST_CHECK enum error_code record_mean(const struct record_values *values, const char *url_uuid,
                                       int64_t now_us, const char *damage,
                                       struct record *ret_record, struct text *ret_data,
                                       struct error *err);

/* How a call ended that FreeSWITCH ended so; answered: somebody was reached. */
const char *record_disposition(const char *cause, bool answered);

#endif
