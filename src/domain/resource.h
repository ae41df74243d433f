/*
 * Resources: what people create, list, show, update and delete, as const tables.
 *
 * One row describes one entity: its fields (the columns), how a row is named, in what order it is
 * listed, the rules across tables, and one hook where it has behaviour. The command line, its help
 * and domain/store read these tables; nothing else knows the columns.
 * One name everywhere: column = JSON key = flag (with - for _).
 */
#ifndef CENTREX_DOMAIN_RESOURCE_H
#define CENTREX_DOMAIN_RESOURCE_H

#include <jansson.h>
#include <stdbool.h>

#include "base/error.h"
#include "base/text.h"
#include "db/tx.h"
#include "domain/access.h"

enum field_type {
	FIELD_TEXT,
	FIELD_INTEGER,
	FIELD_UUID,
	FIELD_CHOICE, /* one of choices */
	FIELD_TIME,   /* RFC 3339 */
	FIELD_JSON,   /* any JSON value of at most `most` bytes */
	FIELD_SWITCH, /* true or false */
};

enum field_flag {
	FIELD_REQUIRED = 1u << 0,  /* on create */
	FIELD_READ_ONLY = 1u << 1, /* Centrex fills it; people never set it */
	FIELD_IMMUTABLE = 1u << 2, /* set on create, never changed */
	FIELD_NULLABLE = 1u << 3,
	FIELD_SECRET = 1u << 4,    /* masked unless the caller asks for secrets */
	FIELD_HIDDEN = 1u << 5,    /* never leaves the database */
	FIELD_INPUT = 1u << 6,     /* no column: the prepare hook turns it into one; never argv */
	FIELD_COMPUTED = 1u << 7,  /* no column: `computed` is its SQL over e, where it is shown */
	FIELD_DETAIL = 1u << 8,    /* show only, not in lists */
	FIELD_TOUCHED = 1u << 9,   /* set to now() by every update */
	FIELD_WIDE = 1u << 10,     /* left out of tables for people, which would be too wide */
	FIELD_SEARCHED = 1u << 11, /* TEXT: q= looks for its text in it, without regard to case */
	FIELD_SORTED = 1u << 12,   /* a list may be put in its order; never null */
	FIELD_UNIQUE = 1u << 13,   /* no two rows have the same */
	FIELD_FOLDED = 1u << 14,   /* kept as typed, compared and indexed in lower case */
};

struct field {
	const char *name;
	enum field_type type;
	unsigned flags;
	int64_t least, most;     /* TEXT: characters; INTEGER: the value; JSON: bytes (most) */
	const char *pattern;     /* TEXT: POSIX extended expression, or NULL */
	const char *rule;        /* "must be 2 to 5 digits"; NULL: made from type and limits */
	const char *choices;     /* CHOICE: "ring-all round-robin" */
	const char *references;  /* UUID: name of the resource it points at */
	const char *computed;    /* COMPUTED: its SQL */
	const char *touched_by;  /* TIME: set to now() by an update that changes this column */
	const char *searched;    /* SEARCHED: SQL over e and :text, a pattern; NULL: its column */
	const char *description; /* one line, for help */
	const struct field
		*parts; /* JSON of an answer: an array of objects with these; NULL: any */
	size_t n_parts;
};

/* A rule over several tables, part of the writing statement (design, section 4: no triggers). */
struct resource_rule {
	const char *field;
	const char *holds; /* SQL over n, what is about to be written; :nth: of so many rows */
	enum error_code code;
	const char *message;
};

enum resource_verb {
	RESOURCE_CREATE,
	RESOURCE_LIST,
	RESOURCE_SHOW,
	RESOURCE_UPDATE,
	RESOURCE_DELETE,
	RESOURCE_VERB_COUNT
};

#define RESOURCE_VERB(verb) (1u << (verb))

enum { RESOURCE_KEYS_MAX = 2, RESOURCE_ORDER_MAX = 4 };
enum { RESOURCE_BODY_MAX = 256 * 1024 /* bytes of a JSON body */ };

struct store_call;
/* 0.1 stays 0.1 (17 digits would show how a double keeps it). */
#define RESOURCE_JSON (JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(15))

/* A further verb that changes one row: fill puts the new values into an empty body. */
struct resource_action {
	const char *name;
	const char *description;
	enum error_code (*fill)(json_t *body, struct error *err);
	enum access access; /* least needed over HTTP */
	bool later;         /* what is asked for is done soon after, by somebody else */
};

struct resource {
	const char *name;   /* as in `centrex extension list` */
	const char *plural; /* for people */
	const char *path;   /* segment of the API: "extensions"; NULL: not in the API */
	const char *table;
	const char *description; /* one line, for help */
	enum tx_door read_door, write_door;
	const char *tenant_column; /* of a table of schema public with rows of tenants; or NULL */
	unsigned verbs;            /* RESOURCE_VERB(...) | ... */
	const struct field *fields;
	size_t n_fields;
	const char *keys[RESOURCE_KEYS_MAX];   /* the primary key without tenant_column */
	const char *natural;                   /* what people call a row, instead of keys[0] */
	bool natural_folds;                    /* compared without regard to case */
	const char *order[RESOURCE_ORDER_MAX]; /* total: the last column decides ties */
	bool descending;
	const struct resource_rule *rules;
	const struct resource_rule *keeps; /* of a delete; over b, its keys, as rules of updates */
	size_t n_rules, n_keeps;
	/* SQL over e for its effect, in the statement that wrote or deleted the row e; or NULL. */
	const char *written, *deleted;
	const char *confirm; /* column a person has to type again to delete; or NULL */
	const struct resource_action *actions;
	size_t n_actions;
	/* Least access over HTTP for each verb; ACCESS_NONE (0) reads as ACCESS_OPERATOR. */
	enum access access[RESOURCE_VERB_COUNT];
	/* SQL over e: what is the user :user's own, all an agent sees; NULL: all there is. */
	const char *own;
	/* SQL over e: rows of which it is not true are not there (what has expired). NULL: none. */
	const char *visible;
	/* SQL over :row, before and after a change: only owners (operators: these alone) may. */
	const char *owners_only;
	bool operators;
	/* SQL over :row, of a tenant's rows in schema public: of those one has to remain, but for
	 * an operator and the command line. remains_rule: the error's message. */
	const char *remains, *remains_rule;
	/* Column: in which tenant's audit log a change stands; NULL: the installation's. */
	const char *audited_by;
	/* Hooks or NULL. check: what the table cannot say of a body; keys: of the row to be
	 * changed, NULL for a new one. prepare: after the check, before writing. */
	enum error_code (*check)(const char *const *keys, const json_t *body, struct error *err);
	enum error_code (*prepare)(enum resource_verb verb, json_t *body, struct error *err);
	/* After an update, of the row as shown: what goes with it elsewhere. */
	enum error_code (*updated)(const struct store_call *call, const json_t *body,
	                           const char *row, struct error *err);
	/* Instead of the insert and the delete. ret_row: the row as JSON text; row: as shown. */
	enum error_code (*create)(const struct store_call *call, const json_t *body,
	                          struct text *ret_row, struct error *err);
	enum error_code (*remove)(const struct store_call *call, const json_t *row,
	                          struct error *err);
};

/* All of them, in the order help shows them. */
extern const struct resource resources[];
extern const size_t n_resources;
/* NULL: none. Names compare with - and _ alike. */
const struct resource *resource_find(const char *name);
const struct field *resource_field(const struct resource *resource, const char *name);

/* In a tenant's schema, or with its rows in a public table. */
bool resource_in_tenant(const struct resource *resource);
const char *resource_verb_name(enum resource_verb verb);

/* By people, with this verb (CREATE or UPDATE). */
bool field_settable(const struct field *field, enum resource_verb verb);
bool field_is_column(const struct field *field);

/* "must be 2 to 5 digits"; made from type and limits where the table gives no words. */
void field_rule(const struct field *field, struct text *text);

/* One value against its field. null is allowed where the field is NULLABLE. */
MUST_CHECK enum error_code field_check(const struct field *field, const json_t *value,
                                       struct error *err);

/* A text as typed by a person, as the JSON value of the field, checked. "" is null where the field
 * is NULLABLE. A reference may be the other row's name; what it is called is then not resolved. */
MUST_CHECK enum error_code field_parse(const struct field *field, const char *bytes, size_t n,
                                       json_t **ret_value, struct error *err);

/* A JSON text (a body) into an object: bounded, strict UTF-8, no key twice. field "body". */
MUST_CHECK enum error_code resource_parse(const char *bytes, size_t n, json_t **ret_body,
                                          struct error *err);

/* A body for CREATE or UPDATE: the first key at fault is named, then what is missing. */
MUST_CHECK enum error_code resource_check(const struct resource *resource, enum resource_verb verb,
                                          const json_t *body, struct error *err);

/* For CREATE, where input fields may be missing. */
MUST_CHECK enum error_code resource_check_import(const struct resource *resource,
                                                 const json_t *body, struct error *err);

/* The same for an object that is no row: field "body" where it is none; for UPDATE even empty. */
MUST_CHECK enum error_code fields_check(const struct field *fields, size_t n,
                                        enum resource_verb verb, const json_t *body,
                                        struct error *err);

void json_auto_unref(json_t **json); /* for AUTO */

#endif
