/*
 * One call detail record of FreeSWITCH (one channel), read from any of the forms mod_xml_cdr and
 * mod_json_cdr send (mod_xml_cdr.c, mod_json_cdr.c; docs/freeswitch-records.md). Pure: no database,
 * no directory. Hostile: fuzzed (tests/fuzz/fuzz_fs_json.c, fuzz_fs_xml.c).
 */
#ifndef CENTREX_FREESWITCH_RECORD_H
#define CENTREX_FREESWITCH_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/text.h"
#include "base/uuid.h"

/* Bytes of a body that is taken at all. */
enum { RECORD_BODY_MAX = 64 * 1024 * 1024 };

enum record_role {
	RECORD_CALLER, /* its own row of cdrs: an inbound A-leg, a queue's member, or a leg alone */
	RECORD_CALLEE, /* a leg somebody was called with */
	RECORD_AGENT,  /* an offer to an agent (cc_side=agent), connected or not */
};

enum { RECORD_TEXT_MAX = 257, RECORD_DOMAIN_MAX = 254, RECORD_SLUG_MAX = 65 };

/* Texts are UTF-8, cut to what the tables take; "" where nothing was said. Times: unix
 * microseconds, 0: never; start_us <= answer_us <= end_us whatever came (what was said stands in
 * data). */
struct record {
	struct uuid leg; /* the channel */
	struct uuid
		call; /* cdrs.id: the A-leg's or member's channel; leg itself for RECORD_CALLER */
	enum record_role role;
	/* Who it belongs to, best first: exported tenant, domain_name, cc_queue's domain,
	 * user_context; the user that logged in, to be asked of the directory. */
	char tenant[RECORD_DOMAIN_MAX], domain[RECORD_DOMAIN_MAX];
	char queue_domain[RECORD_DOMAIN_MAX], context[RECORD_DOMAIN_MAX];
	struct uuid user; /* auth_username; nil: none */
	char caller_id_name[RECORD_TEXT_MAX], caller_id_number[RECORD_TEXT_MAX];
	char dest_number[RECORD_TEXT_MAX];
	char number[RECORD_TEXT_MAX];      /* whose leg it is: the extension rung, or calling */
	char queue[RECORD_TEXT_MAX];       /* cc_queue without its domain */
	char answered_by[RECORD_TEXT_MAX]; /* RECORD_CALLER: the extension that was connected */
	char cause[RECORD_SLUG_MAX];       /* hangup cause as FreeSWITCH spells it, in lower case */
	char disposition[RECORD_SLUG_MAX]; /* one of domain/cdr.h's slugs */
	char hangup_by[RECORD_SLUG_MAX];   /* "caller", "callee", "engine" or "" */
	char sip_call_id[RECORD_TEXT_MAX];
	char node[RECORD_SLUG_MAX]; /* switchname */
	unsigned sip_status;        /* 0: not said */
	/* A queue's call: answered when the agent answered, not when the music began. */
	int64_t start_us, answer_us, end_us;
	int64_t joined_us; /* entered the queue; 0: no queue */
};

/*
 * content_type as sent ("" where it was not): which form it is, is seen from the body too, since
 * one setting of mod_xml_cdr sends XML under a form's name. url_uuid: of the query, "[a_]<uuid>" or
 * ""; it names the channel where the body does not (where it does, the body is right, and data has
 * what the URL said). ERROR_INVALID: no record; field is the reason of a dead letter ("empty",
 * "size", "form", "xml", "json", "variables", "uuid"), message says more. data receives a JSON
 * object of what is worth keeping beside (variables of the call, at most 16 KiB).
 *
 * A document that is broken behind its variables is a record ("damage" in data): that much callers
 * can bring about by the name they call themselves. Reads the clock: a record that ended more than
 * a day from now comes from a wrong clock, and is moved so that it ends now.
 */
MUST_CHECK enum error_code record_read(const char *content_type, const char *body, size_t n,
                                       const char *url_uuid, struct record *ret_record,
                                       struct text *ret_data, struct error *err);

#endif
