/* Stands in for the row that is made of the resource: a body may also name the first owner. */
#include "web/api_tenant.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "domain/invitation.h"
#include "web/api_invite.h"
#include "web/api_resource.h"

enum { TENANTS = 0 }; /* their place in the resource table: the first */

/* The e-mail address out of the body, "": none is given. */
static enum error_code take_owner(const struct request *request,
                                  char ret_email[static PRINCIPAL_EMAIL_MAX], struct error *err)
{
	struct field field = *resource_field(resource_find("user"), "email");
	const json_t *email = json_object_get(request->json, "owner_email");
	enum error_code code = ERROR_OK;

	field.name = "owner_email";
	ret_email[0] = '\0';
	if (email)
		code = field_check(&field, email, err);
	if (email && !code)
		snprintf(ret_email, PRINCIPAL_EMAIL_MAX, "%s", json_string_value(email));
	json_object_del(request->json, "owner_email");
	return code;
}

static bool is_replayed(const struct reply *reply)
{
	for (size_t i = 0; i < reply->n_headers; i++)
		if (strcasecmp(reply->headers[i].name, "Idempotency-Replayed") == 0)
			return true;
	return false;
}

static enum error_code make_owner(struct request *request, const struct invited *owner,
                                  const struct uuid *tenant, struct error *err)
{
	struct store_call call = request_store(request, resource_find("member"));
	AUTO(text_clear) struct text row = {0};
	enum error_code code;
	char id[UUID_TEXT_MAX];
	AUTO(json_auto_unref)
	json_t *body = json_pack("{s:s, s:s}", "user_id", uuid_format(&owner->user, id), "role",
	                         access_slug(ACCESS_OWNER));

	if (!body)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	call.tenant = *tenant;
	code = store_create(&call, body, &row, err);
	principals_forget(request->web->principals);
	return code;
}

/* A tenant whose owner could not be made is no tenant that anybody asked for. */
static void undo(struct request *request, const char *tenant, const struct invited *owner)
{
	struct store_call call = request_store(request, resource_find("tenant"));

	if (store_delete(&call, &tenant, NULL) == ERROR_OK && owner->created)
		(void)(invitation_undo(request->web->db, owner, &request->actor, NULL) == ERROR_OK);
}

static enum error_code add_owner(struct request *request, const char *email, struct reply *reply,
                                 struct error *err)
{
	AUTO(json_auto_unref)
	json_t *row = json_loadb(text_string(&reply->body), reply->body.length, 0, NULL);
	const char *id = json_string_value(json_object_get(row, "id"));
	struct invited owner = {0};
	struct uuid tenant;
	enum error_code code;

	if (!id || !uuid_parse(id, &tenant))
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	code = invitation_find_user(request->web->db, email, &request->actor, &owner, err);
	if (!code)
		code = make_owner(request, &owner, &tenant, err);
	reply->body.data[reply->body.length - 1] = ','; /* was the row's brace */
	if (!code && owner.created)
		code = invite_add_link(request, &owner, reply, err);
	else
		text_add(&reply->body, "\"invitation\":\"none\",\"invitation_url\":null}");
	if (!code && reply->body.failed)
		code = error_set(err, ERROR_MEMORY, NULL, NULL);
	if (code)
		undo(request, id, &owner);
	return code;
}

static enum error_code post_tenant(struct request *request, struct reply *reply, struct error *err)
{
	char email[PRINCIPAL_EMAIL_MAX];
	enum error_code code = take_owner(request, email, err);

	if (!code)
		code = api_resource_create(request, reply, err);
	if (code || !*email || is_replayed(reply))
		return code;
	return add_owner(request, email, reply, err);
}

/* clang-format off */
static const struct field new_fields[] = {
	{.name = "name", .type = FIELD_TEXT, .flags = FIELD_REQUIRED, .least = 1, .most = 200,
	 .description = "the organisation's name"},
	{.name = "domain", .type = FIELD_TEXT, .flags = FIELD_REQUIRED, .least = 1, .most = 253,
	 .description = "the domain its phones register with, in lower case"},
	{.name = "timezone", .type = FIELD_TEXT, .least = 1, .most = 64,
	 .description = "a time zone like Europe/Berlin; UTC when not given"},
	{.name = "locale", .type = FIELD_TEXT, .least = 2, .most = 64,
	 .description = "a language tag (BCP 47), like de-CH; en when not given"},
	{.name = "owner_email", .type = FIELD_TEXT, .least = 3, .most = 254,
	 .description = "the first owner, who is invited where he is no user yet"},
};

static const struct field made_fields[] = {
	{.name = "id", .type = FIELD_UUID, .description = "its id"},
	{.name = "name", .type = FIELD_TEXT, .description = "the organisation's name"},
	{.name = "domain", .type = FIELD_TEXT, .description = "the domain its phones register with"},
	{.name = "schema_name", .type = FIELD_TEXT, .description = "its schema in the database"},
	{.name = "timezone", .type = FIELD_TEXT, .description = "its time zone"},
	{.name = "locale", .type = FIELD_TEXT, .description = "its language"},
	{.name = "created_at", .type = FIELD_TIME, .description = "when it was created"},
	{.name = "invitation", .type = FIELD_CHOICE, .flags = FIELD_DETAIL, .choices = "none link mailed",
	 .description = "none: the owner is a user already; link: hand on invitation_url; mailed: it was sent"},
	{.name = "invitation_url", .type = FIELD_TEXT, .flags = FIELD_DETAIL | FIELD_NULLABLE,
	 .description = "the link with which the owner sets a password, once, within 7 days"},
};

static const struct shape new_shape = {"NewTenant", new_fields, COUNT_OF(new_fields), false};
static const struct shape made_shape = {"TenantMade", made_fields, COUNT_OF(made_fields), false};

static const struct route routes[] = {
	{.method = WEB_POST, .path = "/api/v1/tenants", .access = ACCESS_OPERATOR,
	 .flags = ROUTE_HASHES, .handle = post_tenant,
	 .summary = "Create a tenant, with its first owner", .tag = "tenants",
	 .body = &new_shape, .answer = &made_shape, .status = 201,
	 .resource = &resources[TENANTS], .verb = RESOURCE_CREATE},
};
/* clang-format on */

const struct route_table api_tenant_routes = {routes, COUNT_OF(routes)};
