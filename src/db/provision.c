#include "db/provision.h"

#include <stdio.h>
#include <string.h>

#include "db/batch.h"
#include "db/queries.h"

/*
 * The grants name each table (they stand in sql/tenant.sql): GRANT ... ON ALL TABLES IN SCHEMA
 * reads the whole catalogue, 80 ms at 4,000 tenants. The schema belongs to the owner login, so the
 * tenant's role can make nothing in it (docs/adr).
 */
static void add_schema(struct batch *batch, const struct uuid *tenant, const char *schema)
{
	char login[DB_LOGIN_MAX];

	batch_addf(batch, "create role \"%s\" nologin", schema);
	batch_addf(batch, "grant \"%s\" to %s", schema, db_login_name(db_slot(tenant), login));
	batch_addf(batch, "create schema \"%s\"", schema);
	batch_addf(batch, "grant usage on schema \"%s\" to \"%s\"", schema, schema);
	batch_add_script(batch, &tenant_schema, schema);
}

/* The only rule of schema_versions that provisioning can break says that the binary is too old. */
static enum error_code create_failed(enum error_code code, struct error *err)
{
	if (err && code == ERROR_INVALID && strcmp(err->field, "version") == 0)
		return error_set(err, ERROR_BUSY, NULL,
		                 "the database's schema is not this version's: run `centrex "
		                 "migrate`, or a newer centrex");
	return code;
}

enum error_code provision_create(struct db *db, const struct provision *tenant,
                                 struct text *ret_row, struct error *err)
{
	const struct tx_scope scope = {.door = TX_OWNER, .tenant = tenant->id, .writes = true};
	AUTO(tx_result_auto_free) struct tx_result *result = NULL;
	AUTO(batch_clear) struct batch batch = {0};
	char schema[SCHEMA_NAME_MAX], id[UUID_TEXT_MAX], version[12];
	struct tx_statement row = TX_QUERY(
		QUERY_PROVISION_TENANT, uuid_format(&tenant->id, id), tenant->name, tenant->domain,
		schema_name(&tenant->id, schema), tenant->timezone, tenant->locale);
	struct tx_statement stamp = TX_QUERY(QUERY_PROVISION_VERSION, schema, version);
	struct tx_statement limits = TX_QUERY(QUERY_PROVISION_LIMITS, id);
	struct error failed;
	enum error_code code;

	snprintf(version, sizeof(version), "%u", tenant_schema.version);
	/* First what can be refused, so that a domain in use costs nothing. */
	batch_add(&batch, &row);
	batch_add(&batch, &stamp);
	batch_add(&batch, &limits);
	for (size_t i = 0; i < tenant->n_also; i++)
		batch_add(&batch, &tenant->also[i]);
	add_schema(&batch, &tenant->id, schema);
	if (batch.failed)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	code = tx_run(db, &scope, batch.rows, batch.n, &result, &failed);
	if (code != ERROR_OK) {
		code = create_failed(code, &failed);
		if (err)
			*err = failed;
		return code;
	}
	if (ret_row)
		text_add(ret_row, tx_value(result, 0, 0, 0));
	return ret_row && ret_row->failed ? error_set(err, ERROR_MEMORY, NULL, NULL) : ERROR_OK;
}

/* told NULL: nothing to tell. */
static enum error_code forget_row(struct tx *tx, const struct tx_statement *row,
                                  const struct tx_statement *told, struct error *err)
{
	AUTO(tx_result_auto_free) struct tx_result *before = NULL;
	AUTO(tx_result_auto_free) struct tx_result *result = NULL;
	enum error_code code = told ? tx_exec(tx, told, 1, &before, err) : ERROR_OK;

	if (!code)
		code = tx_exec(tx, row, 1, &result, err);
	if (code)
		return code;
	if (!tx_affected(result, 0))
		return error_set(err, ERROR_NOT_FOUND, "tenant", NULL);
	if (told && !tx_affected(before, 0))
		return error_set(err, ERROR_PRECONDITION, "tenant", NULL);
	return ERROR_OK;
}

enum error_code provision_drop(struct db *db, const struct uuid *tenant, struct error *err)
{
	return provision_drop_told(db, tenant, NULL, err);
}

enum error_code provision_drop_told(struct db *db, const struct uuid *tenant,
                                    const struct tx_statement *told, struct error *err)
{
	const struct tx_scope scope = {.door = TX_OWNER, .tenant = *tenant, .writes = true};
	AUTO(batch_clear) struct batch batch = {0};
	AUTO(tx_auto_abort) struct tx *tx = NULL;
	char schema[SCHEMA_NAME_MAX], id[UUID_TEXT_MAX];
	struct tx_statement row = TX_QUERY(QUERY_PROVISION_REMOVE, uuid_format(tenant, id));
	struct tx_statement stamp = TX_QUERY(QUERY_PROVISION_FORGET, schema_name(tenant, schema));
	enum error_code code;

	batch_add(&batch, &stamp);
	batch_addf(&batch, "drop schema if exists \"%s\" cascade", schema);
	batch_addf(&batch, "drop role if exists \"%s\"", schema);
	if (batch.failed)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	code = tx_open(db, &scope, &tx, err);
	if (code == ERROR_OK)
		code = forget_row(tx, &row, told, err);
	if (code == ERROR_OK)
		code = tx_exec(tx, batch.rows, batch.n, NULL, err);
	if (code != ERROR_OK)
		return code;
	return tx_commit(TAKE(tx), err);
}
