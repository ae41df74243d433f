/*
 * An immutable, reference-counted picture of one tenant, loaded in one round trip.
 * Read from any thread without a lock while a reference is held.
 */
#ifndef CENTREX_DOMAIN_SNAPSHOT_H
#define CENTREX_DOMAIN_SNAPSHOT_H

#include "db/db.h"

enum { EXTENSION_NUMBER_MAX = 6, DOMAIN_MAX = 254 };

struct extension {
	struct uuid id;
	struct uuid auth_username;
	char number[EXTENSION_NUMBER_MAX];
	const char *auth_password; /* owned by the snapshot, wiped when it is freed */
	const char *context;
};

/* An audio file of the tenant (tables media_files, media_details). */
struct sound {
	struct uuid id;
	const char *category;  /* "moh", "ivr" */
	const char *name;      /* original_name */
	const char *directory; /* below the media directory: "<schema>/<id>" (domain/media.h) */
};

enum queue_strategy { QUEUE_RING_ALL, QUEUE_ROUND_ROBIN };
enum queue_music { MUSIC_DEFAULT, MUSIC_SILENCE, MUSIC_SOUND };

struct queue_member {
	const struct extension *extension;
	unsigned tier, level; /* mod_callcenter's tier level, and position inside it */
};

/* Whether calls that come through a queue are recorded. */
enum queue_recording {
	QUEUE_RECORDING_TENANT, /* as the tenant's setting recording says */
	QUEUE_RECORDING_NO,
	QUEUE_RECORDING_YES
};

/* How a queue behaves: its row of table queue_settings, with mod_callcenter's names (see
 * docs/guide/queues.md). Seconds; 0: none. */
struct queue_settings {
	unsigned max_wait_time;
	unsigned max_wait_time_with_no_agent, max_wait_time_with_no_agent_time_reached;
	bool tier_rules_apply;
	unsigned tier_rule_wait_second;
	bool tier_rule_wait_multiply_level;
	bool tier_rule_no_agent_no_wait;
	bool tier_replace; /* tier_join: a further tier replaces those before it */
	bool skip_agents_with_external_calls;
	unsigned wrap_up_time, no_answer_delay_time, busy_delay_time, reject_delay_time;
	unsigned max_no_answer, agent_ring_time;
	const char *overflow_number; /* NULL: none */
	unsigned service_level_s;
	enum queue_recording recording;
};

struct queue {
	struct uuid id;
	const char *name;
	enum queue_strategy strategy;
	enum queue_music music;
	const struct sound *sound; /* MUSIC_SOUND: what is played */
	struct queue_settings settings;
	size_t n_members;
	const struct queue_member *members; /* by tier, level, number */
};

/* A further dialled number (table numbers): exactly one of the three is not NULL. */
struct number {
	const char *number;
	const struct extension *extension;
	const struct queue *queue;
	const struct sound *sound; /* an announcement */
};

/* Which calls are recorded, unless a queue says otherwise. */
enum recording_policy { RECORD_NONE, RECORD_QUEUE_CALLS, RECORD_ALL };

/* The order of each array is what the look-ups below search by; tests may lay one out by hand. */
struct snapshot {
	struct uuid tenant;
	const char *domain;
	size_t n_extensions;
	const struct extension *extensions;              /* by number, as strcmp sorts */
	const struct extension *const *by_auth_username; /* the same, as memcmp sorts */
	size_t n_numbers;
	const struct number *numbers; /* by number, as strcmp sorts */
	size_t n_queues;
	const struct queue *queues; /* by name, as strcmp sorts; names may be there twice */
	size_t n_sounds;
	const struct sound *sounds; /* by id, as memcmp sorts */
	/* Settings (domain/settings.h). */
	unsigned ring_s;                /* 0: the installation's */
	enum queue_music hold_music;    /* what a held or parked phone hears */
	const struct sound *hold_sound; /* MUSIC_SOUND */
	enum recording_policy recording;
	bool recording_opus;       /* else WAV */
	bool recording_stereo;     /* caller left, callee right; else mixed */
	bool recording_announced;  /* both are told that they are recorded */
	unsigned recording_days;   /* 0: kept for ever */
	const char *park_prefix;   /* digits; slots are this and 1 to 9 */
	unsigned park_s;           /* until a parked call rings back */
	const char *break_reasons; /* comma separated, in order; "": none */
	int64_t calls_most;        /* at one time (table tenant_limits); -1: any number */
	size_t bytes;              /* memory of all of it */
};

/* ERROR_NOT_FOUND: no such tenant; ERROR_UNAVAILABLE: database away; ERROR_BUSY: its tables are
 * locked. ret has one reference. */
MUST_CHECK enum error_code snapshot_load(struct db *db, const struct uuid *tenant,
                                         struct snapshot **ret_snapshot, struct error *err);
struct snapshot *snapshot_ref(struct snapshot *snapshot);
void snapshot_unref(struct snapshot *snapshot); /* NULL is allowed */
void snapshot_auto_unref(struct snapshot **snapshot);

/* NULL: none. Valid as long as the snapshot. */
const struct extension *snapshot_extension(const struct snapshot *snapshot, const char *number);
const struct extension *snapshot_by_auth_username(const struct snapshot *snapshot,
                                                  const struct uuid *auth_username);
const struct number *snapshot_number(const struct snapshot *snapshot, const char *number);
/* The first of that name. */
const struct queue *snapshot_queue(const struct snapshot *snapshot, const char *name);
const struct sound *snapshot_sound(const struct snapshot *snapshot, const struct uuid *id);

#endif
