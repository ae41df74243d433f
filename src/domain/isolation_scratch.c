#include "domain/isolation_scratch.h"

#include <stdio.h>
#include <string.h>

#include "db/provision.h"
#include "db/queries.h"

static const struct tx_scope owner_scope = {.door = TX_OWNER};

static const struct {
	const char *role;
	enum access access;
} roles[SCRATCH_USERS] = {
	{"agent", ACCESS_AGENT},
	{"admin", ACCESS_ADMIN},
	{"owner", ACCESS_OWNER},
};

/* Another id that begins alike: what a rule says of the form of one, it says of both. */
static struct uuid resembling(const struct uuid *uuid)
{
	struct uuid other = uuid_random();

	memcpy(other.bytes, uuid->bytes, sizeof(other.bytes) / 2);
	return other;
}

/* like: whom its ids resemble, or NULL. not_slot: the slot it is not of, so that becoming the other
 * is refused by the slot as well. */
static void side_init(struct scratch_side *side, const char *mark, const struct scratch_side *like,
                      unsigned not_slot)
{
	char hex[UUID_HEX_MAX];

	do
		side->id = like ? resembling(&like->id) : uuid_random();
	while (db_slot(&side->id) == not_slot);
	uuid_format(&side->id, side->text);
	snprintf(side->extension, sizeof(side->extension), "10%s", mark);
	snprintf(side->number, sizeof(side->number), "555010%s", mark);
	snprintf(side->queue, sizeof(side->queue), "scratch %s", mark);
	snprintf(side->setting, sizeof(side->setting), "scratch-%s", mark);
	snprintf(side->schema, sizeof(side->schema), "tenant_%s", uuid_format_hex(&side->id, hex));
	snprintf(side->domain, sizeof(side->domain), "side%s-%.12s.verify-isolation.invalid", mark,
	         side->text + 24);
	for (size_t i = 0; i < SCRATCH_USERS; i++) {
		struct scratch_user *user = &side->users[i];

		user->role = roles[i].role;
		user->access = roles[i].access;
		user->id = like ? resembling(&like->users[i].id) : uuid_random();
		uuid_format(&user->id, user->text);
		snprintf(user->email, sizeof(user->email), "%s@verify-isolation.invalid",
		         user->text);
	}
}

static enum error_code make_users(struct db *db, struct scratch_side *side, struct error *err)
{
	const struct tx_statement people =
		TX_QUERY(QUERY_ISOLATION_SEED_PEOPLE, side->text, side->users[0].text);
	enum error_code code = ERROR_OK;

	for (size_t i = 0; i < SCRATCH_USERS && code == ERROR_OK; i++) {
		struct scratch_user *user = &side->users[i];
		const struct tx_statement member = TX_QUERY(QUERY_ISOLATION_SEED_MEMBER, user->text,
		                                            side->text, user->role, user->email);

		code = tx_run(db, &owner_scope, &member, 1, NULL, err);
		user->made = code == ERROR_OK;
	}
	return code == ERROR_OK ? tx_run(db, &owner_scope, &people, 1, NULL, err) : code;
}

static enum error_code make_side(struct db *db, struct scratch_side *side, struct error *err)
{
	const struct tx_scope scope = {.door = TX_TENANT, .tenant = side->id, .writes = true};
	const struct tx_statement seed[] = {
		TX_QUERY(QUERY_ISOLATION_SEED, side->text, side->users[0].text, side->extension,
	                 side->number, side->queue, side->setting),
		TX_QUERY(QUERY_ISOLATION_SEED_CLAIM, side->text),
	};
	const struct provision tenant = {
		.id = side->id, .name = "verify-isolation", .domain = side->domain};
	enum error_code code = provision_create(db, &tenant, NULL, err);

	if (code != ERROR_OK)
		return code;
	side->made = true;
	code = make_users(db, side, err);
	return code == ERROR_OK ? tx_run(db, &scope, seed, COUNT_OF(seed), NULL, err) : code;
}

/* Tables nothing is known of would make the proof hollow. */
static enum error_code check_tables(const struct scratch *scratch, unsigned *ret_tables,
                                    struct error *err)
{
	AUTO(tx_result_auto_free) struct tx_result *result = NULL;
	const struct tx_statement query = TX_QUERY(QUERY_ISOLATION_TABLES, scratch->b.schema);
	enum error_code code = tx_run(scratch->db, &owner_scope, &query, 1, &result, err);

	if (code != ERROR_OK)
		return code;
	if (!tx_rows(result, 0))
		return error_set(err, ERROR_INTERNAL, NULL, "a new tenant has no tables");
	for (size_t row = 0; row < tx_rows(result, 0); row++)
		if (strcmp(tx_value(result, 0, row, 1), "t") != 0)
			return error_set(err, ERROR_INTERNAL, NULL,
			                 "table %s has no row to try: isolation_seed must make one",
			                 tx_value(result, 0, row, 0));
	*ret_tables = (unsigned)tx_rows(result, 0);
	return ERROR_OK;
}

static enum error_code remove_leftovers(struct db *db, struct error *err)
{
	AUTO(tx_result_auto_free) struct tx_result *result = NULL;
	const struct tx_statement query[] = {
		TX_QUERY(QUERY_ISOLATION_LEFTOVERS),
		TX_QUERY(QUERY_ISOLATION_LEFTOVER_USERS),
	};
	enum error_code code = tx_run(db, &owner_scope, query, COUNT_OF(query), &result, err);

	for (size_t row = 0; code == ERROR_OK && row < tx_rows(result, 0); row++) {
		struct uuid id;

		if (uuid_parse(tx_value(result, 0, row, 0), &id))
			code = provision_drop(db, &id, err);
		/* Another run may have been quicker. */
		if (code == ERROR_NOT_FOUND)
			code = ERROR_OK;
	}
	return code;
}

enum error_code scratch_open(struct db *db, struct scratch *ret_scratch, unsigned *ret_tables,
                             struct error *err)
{
	enum error_code code;

	*ret_scratch = (struct scratch){.db = db};
	side_init(&ret_scratch->a, "1", NULL, DB_SLOTS);
	side_init(&ret_scratch->b, "2", NULL, db_slot(&ret_scratch->a.id));
	side_init(&ret_scratch->nobody, "3", &ret_scratch->b, DB_SLOTS);
	code = remove_leftovers(db, err);
	if (code == ERROR_OK)
		code = make_side(db, &ret_scratch->a, err);
	if (code == ERROR_OK)
		code = make_side(db, &ret_scratch->b, err);
	return code == ERROR_OK ? check_tables(ret_scratch, ret_tables, err) : code;
}

static enum error_code remove_side(struct db *db, const struct scratch_side *side,
                                   struct error *err)
{
	enum error_code code = side->made ? provision_drop(db, &side->id, err) : ERROR_OK;

	for (size_t i = 0; i < SCRATCH_USERS; i++) {
		const struct tx_statement user =
			TX_QUERY(QUERY_ISOLATION_UNSEED_MEMBER, side->users[i].text);
		struct error *first = code == ERROR_OK ? err : NULL;
		enum error_code removed = ERROR_OK;

		if (side->users[i].made)
			removed = tx_run(db, &owner_scope, &user, 1, NULL, first);
		code = code == ERROR_OK ? removed : code;
	}
	return code;
}

enum error_code scratch_close(struct scratch *scratch, enum error_code code, struct error *err)
{
	struct scratch_side *const sides[] = {&scratch->a, &scratch->b};

	for (size_t i = 0; i < COUNT_OF(sides); i++) {
		enum error_code removed =
			remove_side(scratch->db, sides[i], code == ERROR_OK ? err : NULL);

		code = code == ERROR_OK ? removed : code;
	}
	return code;
}

enum error_code scratch_rows(const struct scratch *scratch, const struct scratch_side *side,
                             struct text *ret_rows, struct error *err)
{
	AUTO(tx_result_auto_free) struct tx_result *result = NULL;
	const struct tx_statement query =
		TX_QUERY(QUERY_ISOLATION_HASHES, side->schema, side->text);
	enum error_code code = tx_run(scratch->db, &owner_scope, &query, 1, &result, err);

	text_reset(ret_rows);
	for (size_t row = 0; code == ERROR_OK && row < tx_rows(result, 0); row++)
		text_addf(ret_rows, "%s %s\n", tx_value(result, 0, row, 0),
		          tx_value(result, 0, row, 1));
	if (code == ERROR_OK && ret_rows->failed)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	return code;
}
