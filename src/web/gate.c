#include "web/gate.h"

#include <string.h>
#include <strings.h>

#include "domain/directory.h"
#include "web/cookie.h"
#include "web/origin.h"
#include "web/rates.h"

static enum error_code limit(struct request *request, struct reply *reply, enum rate_class class,
                             const char *key, struct error *err)
{
	unsigned wait_s = rates_take(request->web->rates, class, key);

	if (!wait_s)
		return ERROR_OK;
	reply_header(reply, "Retry-After", "%u", wait_s);
	return error_set(err, ERROR_RATE_LIMITED, NULL, "too many requests; wait %u s", wait_s);
}

/* --- who ------------------------------------------------------------------------------------- */

static enum error_code stranger(struct reply *reply, const char *message, struct error *err)
{
	reply_header(reply, "WWW-Authenticate", "Bearer realm=\"centrex\"");
	return error_set(err, ERROR_UNAUTHENTICATED, NULL, "%s", message);
}

/* The token of "Authorization: Bearer ..."; NULL: it is no token. */
static const char *bearer(const char *authorization)
{
	static const char scheme[] = "Bearer ";
	const char *token = authorization + sizeof(scheme) - 1;

	if (strncasecmp(authorization, scheme, sizeof(scheme) - 1) != 0)
		return NULL;
	token += strspn(token, " ");
	return secret_is(SECRET_TOKEN, token) ? token : NULL;
}

/* ret_secret: SECRET_TEXT_MAX bytes; "": none was sent. */
static enum error_code find_secret(const struct request *request, struct reply *reply,
                                   char ret_secret[static SECRET_TEXT_MAX], struct error *err)
{
	const char *authorization = request_header(request, "Authorization");
	const char *token;

	if (!authorization) {
		cookie_session(request, ret_secret);
		return ERROR_OK;
	}
	token = bearer(authorization);
	if (!token)
		return stranger(reply, "Authorization must be Bearer and an API token", err);
	snprintf(ret_secret, SECRET_TEXT_MAX, "%s", token);
	return ERROR_OK;
}

static enum error_code ask(struct request *request, const char *secret, struct error *err)
{
	const struct principal_question question = {
		.secret = secret,
		.address = request->address,
		.away_allowed = request->route->flags & ROUTE_SNAPSHOT,
	};
	struct principal *who;
	enum error_code code = principals_find(request->web->principals, &question, &who, err);

	if (code)
		return code;
	principal_unref(request->who);
	request->who = who;
	return ERROR_OK;
}

static enum error_code find_who(struct request *request, struct reply *reply, const char *secret,
                                struct error *err)
{
	char credential[UUID_TEXT_MAX];
	enum error_code code;

	if (!*secret)
		return stranger(reply, "sign in, or send an API token", err);
	code = ask(request, secret, err);
	if (code == ERROR_UNAUTHENTICATED)
		return stranger(reply, "the session or token is not known or has ended", err);
	if (code)
		return code;
	return limit(request, reply, RATE_CREDENTIAL,
	             uuid_format(&request->who->credential, credential), err);
}

/* --- where ----------------------------------------------------------------------------------- */

/* The same words whether there is none, or none for him. */
static enum error_code no_tenant(struct error *err)
{
	return error_set(err, ERROR_NOT_FOUND, "tenant", "there is no such tenant");
}

/* The tenant's id. Only an operator needs to be told that there is none of that id: everybody else
 * is a member of those there are. */
static enum error_code resolve(struct request *request, const char *name, struct error *err)
{
	struct directory *directory = request->web->directory;
	struct snapshot *snapshot;
	enum error_code code;

	if (!uuid_parse(name, &request->tenant))
		code = directory_find_domain(directory, name, &snapshot, err);
	else if (uuid_is_nil(&request->tenant))
		return no_tenant(err); /* inside, nil means none */
	else if (request->who->operator_)
		code = directory_find_tenant(directory, &request->tenant, &snapshot, err);
	else
		return ERROR_OK;
	if (code)
		return code == ERROR_NOT_FOUND ? no_tenant(err) : code;
	request->tenant = snapshot->tenant;
	snapshot_unref(snapshot);
	return ERROR_OK;
}

static enum error_code enter(struct request *request, struct reply *reply, const char *name,
                             const char *secret, struct error *err)
{
	char tenant[UUID_TEXT_MAX];
	enum error_code code = resolve(request, name, err);

	if (code)
		return code;
	request->access = principal_access(request->who, &request->tenant);
	if (request->access == ACCESS_NONE) {
		/* He may have been let in since he was last asked about. */
		principals_forget_one(request->web->principals, request->who);
		code = ask(request, secret, err);
		if (code)
			return code;
		request->access = principal_access(request->who, &request->tenant);
	}
	if (request->access == ACCESS_NONE) {
		request->tenant = (struct uuid){0};
		return no_tenant(err);
	}
	return limit(request, reply, RATE_TENANT, uuid_format(&request->tenant, tenant), err);
}

static const char *tenant_of_path(const struct request *request)
{
	return strstr(request->route->path, "{tenant}") ? request_parameter(request, "tenant")
	                                                : NULL;
}

static void set_actor(struct request *request)
{
	request->actor = (struct actor){
		.kind = request->who->kind,
		.user = request->who->user,
		.name = request->who->email,
		.address = request->address,
		.request_id = request->id,
		.access = request->access,
	};
}

/* Where no tenant is named. A screen is nobody: what is its user's is not the screen's. */
static enum access access_outside(const struct principal *who)
{
	const struct membership *only = principal_narrowed(who);

	if (who->operator_)
		return ACCESS_OPERATOR;
	return only && only->access == ACCESS_BOARD ? ACCESS_BOARD : ACCESS_USER;
}

enum error_code gate_demand(struct request *request, struct reply *reply, enum access least,
                            struct error *err)
{
	const char *name = tenant_of_path(request);
	char secret[SECRET_TEXT_MAX] = "";
	enum error_code code = find_secret(request, reply, secret, err);

	if (!code)
		code = find_who(request, reply, secret, err);
	if (!code && request->who->kind == ACTOR_SESSION)
		code = origin_check(request, true, err);
	if (code)
		return code;
	request->access = access_outside(request->who);
	if (name)
		code = enter(request, reply, name, secret, err);
	if (code)
		return code;
	if (request->access < least)
		return error_set(err, ERROR_FORBIDDEN, NULL, "this needs the role %s",
		                 access_slug(least));
	set_actor(request);
	return ERROR_OK;
}

enum error_code gate_check(struct request *request, struct reply *reply, struct error *err)
{
	enum error_code code = limit(request, reply, RATE_ADDRESS, request->address, err);

	if (code)
		return code;
	if (request->route->access == ACCESS_NONE)
		return origin_check(request, false, err);
	return gate_demand(request, reply, request->route->access, err);
}
