/*
 * What is wanted of a call record, whatever form it came in: one const table for XML and JSON, and
 * the few places of the document they stand in. The readers (record_xml.c, record_json.c) walk a
 * document and hand over what this table names; nothing else is kept.
 *
 * A name that comes twice: of variables the first counts, of what stands in callflow the last, for
 * mod_xml_cdr and mod_json_cdr write the newest callflow first and a transferred call began in the
 * oldest. Only the first `variables` of a document is looked at: it stands before all that callers
 * may have put into XML ("<!" in a display name turns escaping off, switch_xml.c:2589).
 */
#ifndef CENTREX_FREESWITCH_RECORD_VALUES_H
#define CENTREX_FREESWITCH_RECORD_VALUES_H

#include <stdbool.h>

#include "base/error.h"
#include "base/text.h"

enum record_place {
	RECORD_ELSEWHERE,
	RECORD_IN_DOCUMENT,
	RECORD_IN_VARIABLES,
	RECORD_IN_CALLFLOW,
	RECORD_IN_TIMES,
	RECORD_IN_PROFILE,
	RECORD_IN_ORIGINATORS,
	RECORD_IN_ORIGINATOR,
};

/* X(place, name, enum, kept in data): sorted by place, length of the name, and name. */
#define RECORD_VALUE_LIST(X)                                                                       \
	X(DOCUMENT, "core-uuid", CORE_UUID, 1)                                                     \
	X(DOCUMENT, "switchname", SWITCHNAME, 0)                                                   \
	X(VARIABLES, "uuid", UUID, 0)                                                              \
	X(VARIABLES, "tenant", TENANT, 0)                                                          \
	X(VARIABLES, "billsec", BILLSEC, 1)                                                        \
	X(VARIABLES, "cc_side", CC_SIDE, 1)                                                        \
	X(VARIABLES, "cc_agent", CC_AGENT, 1)                                                      \
	X(VARIABLES, "cc_cause", CC_CAUSE, 1)                                                      \
	X(VARIABLES, "cc_queue", CC_QUEUE, 1)                                                      \
	X(VARIABLES, "last_app", LAST_APP, 1)                                                      \
	X(VARIABLES, "last_arg", LAST_ARG, 1)                                                      \
	X(VARIABLES, "call_uuid", CALL_UUID, 1)                                                    \
	X(VARIABLES, "direction", DIRECTION, 1)                                                    \
	X(VARIABLES, "end_epoch", END_EPOCH, 0)                                                    \
	X(VARIABLES, "user_name", USER_NAME, 0)                                                    \
	X(VARIABLES, "DIALSTATUS", DIALSTATUS, 1)                                                  \
	X(VARIABLES, "end_uepoch", END_UEPOCH, 1)                                                  \
	X(VARIABLES, "originator", ORIGINATOR, 0)                                                  \
	X(VARIABLES, "read_codec", READ_CODEC, 1)                                                  \
	X(VARIABLES, "bridge_uuid", BRIDGE_UUID, 1)                                                \
	X(VARIABLES, "dialed_user", DIALED_USER, 0)                                                \
	X(VARIABLES, "domain_name", DOMAIN_NAME, 0)                                                \
	X(VARIABLES, "presence_id", PRESENCE_ID, 0)                                                \
	X(VARIABLES, "signal_bond", SIGNAL_BOND, 0)                                                \
	X(VARIABLES, "sip_call_id", SIP_CALL_ID, 0)                                                \
	X(VARIABLES, "sip_to_user", SIP_TO_USER, 0)                                                \
	X(VARIABLES, "start_epoch", START_EPOCH, 0)                                                \
	X(VARIABLES, "start_stamp", START_STAMP, 1)                                                \
	X(VARIABLES, "write_codec", WRITE_CODEC, 1)                                                \
	X(VARIABLES, "answer_epoch", ANSWER_EPOCH, 0)                                              \
	X(VARIABLES, "bridge_epoch", BRIDGE_EPOCH, 0)                                              \
	X(VARIABLES, "channel_name", CHANNEL_NAME, 1)                                              \
	X(VARIABLES, "hangup_cause", HANGUP_CAUSE, 1)                                              \
	X(VARIABLES, "sip_req_user", SIP_REQ_USER, 1)                                              \
	X(VARIABLES, "start_uepoch", START_UEPOCH, 1)                                              \
	X(VARIABLES, "user_context", USER_CONTEXT, 1)                                              \
	X(VARIABLES, "answer_uepoch", ANSWER_UEPOCH, 1)                                            \
	X(VARIABLES, "bridge_uepoch", BRIDGE_UEPOCH, 1)                                            \
	X(VARIABLES, "cc_agent_type", CC_AGENT_TYPE, 1)                                            \
	X(VARIABLES, "cc_agent_uuid", CC_AGENT_UUID, 1)                                            \
	X(VARIABLES, "sip_from_user", SIP_FROM_USER, 1)                                            \
	X(VARIABLES, "cc_member_uuid", CC_MEMBER_UUID, 1)                                          \
	X(VARIABLES, "extension_uuid", EXTENSION_UUID, 0)                                          \
	X(VARIABLES, "sip_network_ip", SIP_NETWORK_IP, 1)                                          \
	X(VARIABLES, "sip_user_agent", SIP_USER_AGENT, 1)                                          \
	X(VARIABLES, "sip_term_status", SIP_TERM_STATUS, 1)                                        \
	X(VARIABLES, "cc_agent_bridged", CC_AGENT_BRIDGED, 1)                                      \
	X(VARIABLES, "cc_cancel_reason", CC_CANCEL_REASON, 1)                                      \
	X(VARIABLES, "extension_number", EXTENSION_NUMBER, 0)                                      \
	X(VARIABLES, "rtp_audio_in_mos", RTP_IN_MOS, 1)                                            \
	X(VARIABLES, "hangup_cause_q850", HANGUP_CAUSE_Q850, 1)                                    \
	X(VARIABLES, "sip_auth_username", SIP_AUTH_USERNAME, 0)                                    \
	X(VARIABLES, "bridge_hangup_cause", BRIDGE_HANGUP_CAUSE, 1)                                \
	X(VARIABLES, "endpoint_disposition", ENDPOINT_DISPOSITION, 1)                              \
	X(VARIABLES, "originating_leg_uuid", ORIGINATING_LEG_UUID, 1)                              \
	X(VARIABLES, "cc_queue_joined_epoch", CC_QUEUE_JOINED_EPOCH, 1)                            \
	X(VARIABLES, "originate_disposition", ORIGINATE_DISPOSITION, 1)                            \
	X(VARIABLES, "cc_member_session_uuid", CC_MEMBER_SESSION_UUID, 1)                          \
	X(VARIABLES, "originate_failed_cause", ORIGINATE_FAILED_CAUSE, 0)                          \
	X(VARIABLES, "sip_hangup_disposition", SIP_HANGUP_DISPOSITION, 1)                          \
	X(VARIABLES, "cc_queue_answered_epoch", CC_QUEUE_ANSWERED_EPOCH, 1)                        \
	X(VARIABLES, "cc_queue_canceled_epoch", CC_QUEUE_CANCELED_EPOCH, 1)                        \
	X(VARIABLES, "effective_caller_id_name", EFFECTIVE_CALLER_ID_NAME, 0)                      \
	X(VARIABLES, "last_bridge_hangup_cause", LAST_BRIDGE_HANGUP_CAUSE, 1)                      \
	X(VARIABLES, "cc_member_pre_answer_uuid", CC_MEMBER_PRE_ANSWER_UUID, 1)                    \
	X(VARIABLES, "cc_queue_terminated_epoch", CC_QUEUE_TERMINATED_EPOCH, 1)                    \
	X(VARIABLES, "sip_invite_failure_status", SIP_INVITE_FAILURE_STATUS, 1)                    \
	X(VARIABLES, "effective_caller_id_number", EFFECTIVE_CALLER_ID_NUMBER, 0)                  \
	X(VARIABLES, "last_sent_callee_id_number", LAST_SENT_CALLEE_ID_NUMBER, 1)                  \
	X(VARIABLES, "proto_specific_hangup_cause", PROTO_SPECIFIC_HANGUP_CAUSE, 1)                \
	X(VARIABLES, "rtp_audio_in_skip_packet_count", RTP_IN_SKIPPED, 1)                          \
	X(VARIABLES, "rtp_audio_in_media_packet_count", RTP_IN_PACKETS, 1)                         \
	X(VARIABLES, "rtp_audio_out_media_packet_count", RTP_OUT_PACKETS, 1)                       \
	X(TIMES, "hangup_time", HANGUP_TIME, 0)                                                    \
	X(TIMES, "bridged_time", BRIDGED_TIME, 0)                                                  \
	X(TIMES, "created_time", CREATED_TIME, 0)                                                  \
	X(PROFILE, "uuid", PROFILE_UUID, 0)                                                        \
	X(PROFILE, "context", CONTEXT, 0)                                                          \
	X(PROFILE, "caller_id_name", CALLER_ID_NAME, 0)                                            \
	X(PROFILE, "caller_id_number", CALLER_ID_NUMBER, 0)                                        \
	X(PROFILE, "destination_number", DESTINATION_NUMBER, 0)                                    \
	X(ORIGINATOR, "uuid", ORIGINATOR_UUID, 0)

enum record_value {
#define X(place, name, id, kept) RECORD_V_##id,
	RECORD_VALUE_LIST(X)
#undef X
		RECORD_VALUE_COUNT
};

enum {
	RECORD_RAW_MAX = 4096, /* bytes of one value, as it came; what is behind is left out */
	RECORD_DEPTH_MAX = 64, /* of elements or brackets; real ones are 7 deep */
};

/* Zeroed to begin with. */
struct record_values {
	struct text bytes;             /* the values, each behind the other and NUL-terminated */
	size_t at[RECORD_VALUE_COUNT]; /* where in bytes, plus 1; 0: not said */
	bool variables_begun;
	bool variables_ended;
	bool plain; /* a value of variables has what percent-encoding would not leave */
};

void record_values_clear(struct record_values *values);

/* Where one is inside the element or object `name` of a place. */
enum record_place record_enter(struct record_values *values, enum record_place place,
                               const char *name, size_t n);
/* Out of a place again. */
void record_leave(struct record_values *values, enum record_place place);
/* Which value this name is: RECORD_VALUE_COUNT: none that is wanted. */
enum record_value record_wanted(enum record_place place, const char *name, size_t n);
/* Whether it is one anywhere. */
bool record_is_named(const char *name, size_t n);
void record_keep(struct record_values *values, enum record_value value, const char *bytes,
                 size_t n);

/* When all is read: percent-encoding undone where the sender encoded, arrays reduced to their first
 * element, UTF-8 without control characters. */
void record_values_finish(struct record_values *values);
/* "" where it was not said. */
const char *record_get(const struct record_values *values, enum record_value value);
const char *record_value_name(enum record_value value);
bool record_value_is_kept(enum record_value value);

/* Decodes %XX; what is no such thing stays, and "+" too: FreeSWITCH never writes a blank so. */
void record_percent_decode(struct text *out, const char *bytes, size_t n);
/* As UTF-8: what is none becomes U+FFFD, control characters but tab and line ends a blank. */
void record_clean(struct text *out, const char *bytes, size_t n);

/*
 * The readers. ERROR_INVALID: no such document, err.message says why; variables_ended says whether
 * the part that matters had been read by then. ERROR_MEMORY.
 */
MUST_CHECK enum error_code record_xml_read(const char *xml, size_t n,
                                           struct record_values *ret_values, struct error *err);
MUST_CHECK enum error_code record_json_read(const char *json, size_t n,
                                            struct record_values *ret_values, struct error *err);

#endif
