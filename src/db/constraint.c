#include "db/constraint.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/base.h"

enum { NAME_MAX_BYTES = 64 };

/* The rule as a person reads it behind the field's name. Unique keys and references that need no
 * words of their own are not here: their message is derived. */
/* clang-format off */
static const struct {
	const char *constraint;
	const char *rule;
	const char *field; /* NULL: the column in the constraint's name */
} rules[] = {
	{"tenants_name_check", "must be 1 to 200 printable characters"},
	{"tenants_domain_check",
	 "must be a full domain name in lower case, such as cust1.example.com"},
	{"tenants_schema_name_check",
	 "must be tenant_ and lower-case letters, digits or underscores"},
	{"tenants_timezone_check", "must be a time zone PostgreSQL knows, such as Europe/Berlin"},
	{"tenants_locale_check", "must be a BCP 47 language tag, such as en-GB"},
	{"users_email_check", "must be an e-mail address, such as ann@example.com"},
	{"users_password_hash_check", "must be an Argon2id string"},
	{"user_tenants_pkey", "is a member of this tenant already", "user_id"},
	{"extensions_extension_number_check", "must be 2 to 5 digits"},
	{"extensions_auth_username_check", "must be a version 4 UUID"},
	{"extensions_auth_password_check", "must be 20 to 128 printable ASCII characters"},
	{"extensions_context_check",
	 "must be 1 to 80 letters, digits, dots, underscores or hyphens"},
	{"extensions_user_id_key", "is assigned to another extension of this tenant"},
	{"queues_name_check", "must be 1 to 100 printable characters"},
	{"queues_moh_sound_check", "must be 1 to 255 printable characters"},
	{"queue_members_pkey", "is a member of this queue already", "extension_id"},
	{"queue_members_tier_check", "must be 0 to 1000"},
	{"queue_members_level_check", "must be 0 to 1000"},
	{"cdrs_end_time_check", "must not lie before start_time"},
	{"cdrs_answer_time_check", "must lie between start_time and end_time"},
	{"cdrs_duration_check", "must be 0 or more"},
	{"cdrs_recording_path_check", "must be a path of at most 1024 characters without .."},
	{"media_files_original_name_check", "must be 1 to 255 printable characters"},
	{"media_files_file_path_check", "must be a path of at most 1024 characters without .."},
	{"numbers_extension_id_check",
	 "must be given, or queue_id, or media_id: a number leads to exactly one"},
	{"agents_reason_check", "must be at most 64 printable characters"},
	{"numbers_number_check", "must be 2 to 20 digits, or + and 2 to 15 digits"},
	{"settings_pkey", "exists already", "name"},
	{"settings_name_check", "must be 1 to 63 lower-case letters, digits, _ or -"},
	{"settings_value_check", "must be at most 65536 bytes of JSON"},
};
/* clang-format on */

const char *constraint_name(size_t row)
{
	return row < COUNT_OF(rules) ? rules[row].constraint : NULL;
}

/* How a constraint's kind is seen from its name, and what it says when the table has no words. */
static const struct {
	const char *suffix;
	const char *rule;
} kinds[] = {
	{"_check", "breaks its rule"                    },
	{"_key",   "is taken already"                   },
	{"_pkey",  "exists already"                     },
	{"_fkey",  "names something that does not exist"},
	{"_excl",  "overlaps with another one"          },
};

static void copy_bare(char bare[static NAME_MAX_BYTES], const char *name)
{
	size_t n = strnlen(name, NAME_MAX_BYTES - 1);
	size_t end = n;

	memcpy(bare, name, n);
	while (end > 0 && bare[end - 1] >= '0' && bare[end - 1] <= '9')
		end--;
	if (end > 0 && end < n && bare[end - 1] == '_')
		n = end - 1;
	bare[n] = '\0';
}

static bool ends_with(const char *text, const char *suffix)
{
	size_t n = strlen(text);
	size_t m = strlen(suffix);

	return n > m && strcmp(text + n - m, suffix) == 0;
}

/* The column inside <table>_<column>_<kind>; "" for names of another form. */
static void find_field(const char *constraint, const char *table, const char *suffix,
                       char field[static NAME_MAX_BYTES])
{
	size_t n = strlen(table);
	size_t length = strlen(constraint) - strlen(suffix);

	field[0] = '\0';
	if (n && strncmp(constraint, table, n) == 0 && constraint[n] == '_' && length > n + 1)
		snprintf(field, NAME_MAX_BYTES, "%.*s", (int)(length - n - 1), constraint + n + 1);
}

static enum error_code broken_constraint(const struct constraint_fault *fault, enum error_code code,
                                         struct error *err)
{
	char constraint[NAME_MAX_BYTES];
	char table[NAME_MAX_BYTES];
	char field[NAME_MAX_BYTES];
	const char *suffix = "";
	const char *rule = NULL;

	copy_bare(constraint, fault->constraint);
	copy_bare(table, fault->table);
	for (size_t i = 0; i < COUNT_OF(kinds); i++)
		if (ends_with(constraint, kinds[i].suffix)) {
			suffix = kinds[i].suffix;
			rule = kinds[i].rule;
		}
	find_field(constraint, table, suffix, field);
	for (size_t i = 0; i < COUNT_OF(rules); i++)
		if (strcmp(constraint, rules[i].constraint) == 0) {
			rule = rules[i].rule;
			if (rules[i].field)
				snprintf(field, sizeof(field), "%s", rules[i].field);
		}
	/* The same SQLSTATE stands for a reference to nothing and for taking away what others refer
	 * to; only the sentence tells. */
	if (code == ERROR_INVALID && strcmp(suffix, "_fkey") == 0 &&
	    strncmp(fault->message, "update or delete", 16) == 0)
		return error_set(err, ERROR_CONFLICT, NULL, "it is in use (%s)", table);
	if (!rule)
		return error_set(err, code, field, NULL);
	/* The field stands before the message wherever it is shown. */
	if (!*field)
		return error_set(err, code, NULL, "%s %s", table, rule);
	return error_set(err, code, field, "%s", rule);
}

/* By SQLSTATE or its first characters, the most special first. */
static const struct {
	const char *sqlstate;
	enum error_code code;
	const char *message; /* NULL: the code's */
} states[] = {
	{"23505", ERROR_CONFLICT,    NULL						  },
	{"23P01", ERROR_CONFLICT,    NULL						  },
	{"23503", ERROR_INVALID,     NULL						  },
	{"23514", ERROR_INVALID,     NULL						  },
	{"23502", ERROR_MISSING,     NULL						  },
	{"22001", ERROR_TOO_LARGE,   NULL						  },
	{"22021", ERROR_INVALID,     "text must be UTF-8 without NUL"                      },
	{"22P05", ERROR_INVALID,     "text must be UTF-8 without NUL"                      },
	{"22P02", ERROR_INVALID,     "a value has the wrong form"                          },
	{"22003", ERROR_INVALID,     "a number is out of range"                            },
	{"22",    ERROR_INVALID,     NULL						  },
	{"25006", ERROR_UNAVAILABLE, "the database only reads at the moment"               },
	{"28",    ERROR_UNAVAILABLE, "the database refuses the login"                      },
	{"3D",    ERROR_UNAVAILABLE, "there is no such database"                           },
	{"40",    ERROR_BUSY,        "another change came in between, try again"           },
	{"55P03", ERROR_BUSY,        "another change holds this, try again"                },
	{"42501", ERROR_FORBIDDEN,   NULL						  },
	{"54",    ERROR_TOO_LARGE,   NULL						  },
	{"57014", ERROR_TIMEOUT,     "the database cancelled this because it took too long"},
	{"57P",   ERROR_UNAVAILABLE, NULL						  },
	{"58",    ERROR_UNAVAILABLE, "the database's disk does not work"                   },
	{"53100", ERROR_UNAVAILABLE, "the database's disk is full"                         },
	{"53",    ERROR_UNAVAILABLE, "the database has no room"                            },
	{"08",    ERROR_UNAVAILABLE, NULL						  },
	{"P0002", ERROR_NOT_FOUND,   NULL						  },
};

static const char *given(const char *text)
{
	return text ? text : "";
}

enum error_code constraint_error(const struct constraint_fault *raw, struct error *err)
{
	const struct constraint_fault fault = {
		.sqlstate = given(raw->sqlstate),
		.constraint = given(raw->constraint),
		.table = given(raw->table),
		.column = given(raw->column),
		.message = given(raw->message),
	};
	enum error_code code = ERROR_INTERNAL;
	const char *message = NULL;

	for (size_t i = 0; i < COUNT_OF(states); i++)
		if (strncmp(fault.sqlstate, states[i].sqlstate, strlen(states[i].sqlstate)) == 0) {
			code = states[i].code;
			message = states[i].message;
			break;
		}
	if (*fault.constraint)
		code = broken_constraint(&fault, code, err);
	else if (code == ERROR_MISSING)
		error_set(err, code, fault.column, "is required");
	else if (message)
		error_set(err, code, fault.column, "%s", message);
	else
		error_set(err, code, fault.column, NULL);
	/* PostgreSQL's own sentence may quote a value; of a fault of ours it names the cause. */
	if (code == ERROR_INTERNAL || code == ERROR_FORBIDDEN || code == ERROR_UNAVAILABLE)
		error_detail(err, "%s %s", fault.sqlstate, fault.message);
	else
		error_detail(err, "%s %s", fault.sqlstate, fault.constraint);
	return code;
}
