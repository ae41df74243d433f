#include "web/api_token.h"

#include <sodium.h>
#include <string.h>

#include "domain/tenant.h"
#include "domain/token.h"
#include "web/etag.h"
#include "web/person.h"

/* clang-format off */
#define TOKEN_FIELDS                                                                               \
	{.name = "id", .type = FIELD_UUID, .description = "its id"},                               \
	{.name = "name", .type = FIELD_TEXT, .description = "what it is for"},                     \
	{.name = "tenant_id", .type = FIELD_UUID, .flags = FIELD_NULLABLE,                         \
	 .description = "the tenant it is for; null: an operator's, for all"},                     \
	{.name = "tenant", .type = FIELD_TEXT, .flags = FIELD_NULLABLE,                            \
	 .description = "the tenant's domain"},                                                    \
	{.name = "role", .type = FIELD_CHOICE, .flags = FIELD_NULLABLE,                            \
	 .choices = "owner admin agent wallboard", .description = "what it may do at most"},                 \
	{.name = "created_at", .type = FIELD_TIME, .description = "when it was made"},             \
	{.name = "expires_at", .type = FIELD_TIME, .flags = FIELD_NULLABLE,                        \
	 .description = "when it ends; null: never"},                                              \
	{.name = "last_used_at", .type = FIELD_TIME, .flags = FIELD_NULLABLE,                      \
	 .description = "when it was last used, to the minute"}

static const struct field token_fields[] = {TOKEN_FIELDS};

static const struct field made_fields[] = {
	TOKEN_FIELDS,
	{.name = "secret", .type = FIELD_TEXT,
	 .description = "the token: ctx_ and 43 characters; shown this once"},
};

static const struct field new_fields[] = {
	{.name = "name", .type = FIELD_TEXT, .flags = FIELD_REQUIRED, .least = 1, .most = 100,
	 .pattern = "^[^[:cntrl:]]*[^[:cntrl:][:space:]][^[:cntrl:]]*$",
	 .rule = "must be 1 to 100 characters without control characters",
	 .description = "what it is for"},
	{.name = "tenant", .type = FIELD_TEXT, .flags = FIELD_NULLABLE, .least = 1, .most = 253,
	 .description = "the tenant it is for: domain or id; operators may leave it out"},
	{.name = "role", .type = FIELD_CHOICE, .flags = FIELD_NULLABLE,
	 .choices = "owner admin agent wallboard",
	 .description = "what it may do there, not more than its user; wallboard: read the figures of queues, made by admins"},
	{.name = "expires_at", .type = FIELD_TIME, .flags = FIELD_NULLABLE,
	 .description = "when it ends; never when not given"},
};

#define SHAPE(text, table)                                                                         \
	.name = (text), .fields = (table), .n_fields = COUNT_OF(table)

static const struct shape tokens_shape = {SHAPE("MyToken", token_fields), .list = true};
static const struct shape made_shape = {SHAPE("TokenWithSecret", made_fields)};
static const struct shape new_shape = {SHAPE("TokenNew", new_fields)};
/* clang-format on */

/* A tenant the user has nothing to do with is not there for him. */
static enum error_code find_tenant(const struct request *request, struct uuid *ret_tenant,
                                   struct error *err)
{
	const char *name = person_text(request, "tenant");
	struct tenant tenant;
	enum error_code code;

	*ret_tenant = (struct uuid){0};
	if (!name)
		return ERROR_OK;
	code = tenant_find(request->web->db, name, &tenant, err);
	if (!code && principal_access(request->who, &tenant.id) == ACCESS_NONE)
		code = ERROR_NOT_FOUND;
	if (code == ERROR_NOT_FOUND)
		return error_set(err, ERROR_INVALID, "tenant", "there is no such tenant");
	if (!code)
		*ret_tenant = tenant.id;
	return code;
}

static enum error_code check_role(const struct request *request, const struct token_new *token,
                                  struct error *err)
{
	if (uuid_is_nil(&token->tenant) && token->role)
		return error_set(err, ERROR_INVALID, "role", "belongs to a tenant; name it");
	(void)request;
	return ERROR_OK;
}

static enum error_code post_token(struct request *request, struct reply *reply, struct error *err)
{
	struct token_new token = {
		.name = person_text(request, "name"),
		.role = person_text(request, "role"),
		.expires_at = person_text(request, "expires_at"),
	};
	enum error_code code = person_check(request, err);

	if (!code)
		code = find_tenant(request, &token.tenant, err);
	if (!code)
		code = check_role(request, &token, err);
	if (!code)
		code = token_create(request->web->db, request->who, &request->actor, &token,
		                    &reply->body, err);
	if (code == ERROR_INVALID && !*err->field)
		return error_set(err, code, "expires_at", "must be a time to come");
	return code;
}

static enum error_code get_tokens(struct request *request, struct reply *reply, struct error *err)
{
	AUTO(text_clear) struct text rows = {0};
	enum error_code code = token_list(request->web->db, request->who, &rows, err);

	return code ? code : etag_list(request, &rows, reply, err);
}

static enum error_code delete_token(struct request *request, struct reply *reply, struct error *err)
{
	struct uuid token;
	enum error_code code = person_check(request, err);

	(void)reply;
	if (code)
		return code;
	if (!uuid_parse(request_parameter(request, "token"), &token))
		return error_set(err, ERROR_NOT_FOUND, "id", "there is no such token");
	code = token_delete(request->web->db, &request->who->user, &token, &request->actor, err);
	if (!code)
		principals_forget(request->web->principals);
	return code;
}

/* clang-format off */
static const struct route rows[] = {
	{.method = WEB_GET, .path = "/api/v1/me/tokens", .access = ACCESS_USER,
	 .handle = get_tokens, .summary = "List one's API tokens", .tag = "session",
	 .answer = &tokens_shape},
	{.method = WEB_POST, .path = "/api/v1/me/tokens", .access = ACCESS_USER,
	 .handle = post_token, .summary = "Make an API token: shown this once", .tag = "session",
	 .body = &new_shape, .answer = &made_shape, .status = 201},
	{.method = WEB_DELETE, .path = "/api/v1/me/tokens/{token}", .access = ACCESS_USER,
	 .handle = delete_token, .summary = "Revoke one of one's API tokens", .tag = "session"},
};
/* clang-format on */

const struct route_table api_token_routes = {.routes = rows, .n = COUNT_OF(rows)};
