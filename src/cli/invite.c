#include "cli/invite.h"

#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "cli/actor.h"
#include "cli/exit.h"
#include "cli/extra.h"
#include "cli/open_database.h"
#include "cli/prompt.h"
#include "cli/web_url.h"
#include "domain/invitation.h"
#include "domain/store.h"
#include "domain/tenant.h"

const char invite_usage[] =
	"centrex member invite --tenant TENANT --email EMAIL --role ROLE [FLAGS]\n"
	"  makes somebody a member; who is no user yet gets a link to set a password, which is "
	"printed\n"
	"  --email               his e-mail address (required)\n"
	"  --role                what the user may do in the tenant: owner, admin or agent "
	"(required)\n"
	"  --tenant              the tenant: domain or id\n"
	"  --json                print JSON; an error is JSON too\n";

struct arguments {
	const char *tenant, *email, *role;
	bool json;
};

static enum error_code add_member(const struct store_call *call, const struct invited *invited,
                                  const char *role, struct error *err)
{
	char id[UUID_TEXT_MAX];
	AUTO(json_auto_unref)
	json_t *body =
		json_pack("{s:s, s:s}", "user_id", uuid_format(&invited->user, id), "role", role);
	AUTO(text_clear) struct text row = {0};

	return body ? store_create(call, body, &row, err)
	            : error_set(err, ERROR_MEMORY, NULL, NULL);
}

/* link: stays empty for who is a user already. */
static enum error_code invite(const struct config *config, struct db *db,
                              const struct arguments *arguments, struct text *link,
                              struct error *err)
{
	char name[ACTOR_NAME_MAX], secret[SECRET_TEXT_MAX];
	struct store_call call = {
		.db = db, .resource = resource_find("member"), .actor = actor_of_command(name)};
	AUTO(text_clear) struct text base = {0};
	struct invited invited;
	struct tenant tenant;
	enum error_code code = tenant_find(db, arguments->tenant, &tenant, err);

	if (!code)
		code = invitation_find_user(db, arguments->email, &call.actor, &invited, err);
	if (code)
		return code;
	call.tenant = tenant.id;
	code = add_member(&call, &invited, arguments->role, err);
	if (code && invited.created)
		(void)(invitation_undo(db, &invited, &call.actor, NULL) == ERROR_OK);
	if (code || !invited.created)
		return code;
	code = invitation_make(db, &invited.user, &call.actor, secret, err);
	if (code)
		return code;
	web_url(config, &base);
	invitation_link(text_string(&base), secret, link);
	sodium_memzero(secret, sizeof(secret));
	return link->failed ? error_set(err, ERROR_MEMORY, NULL, NULL) : ERROR_OK;
}

static int print(const struct arguments *arguments, const struct text *link)
{
	if (arguments->json && link->length)
		printf("{\"invitation\":\"link\",\"invitation_url\":\"%s\"}\n", text_string(link));
	else if (arguments->json)
		puts("{\"invitation\":\"none\",\"invitation_url\":null}");
	else if (link->length)
		printf("The link to set a password, once, within 7 days:\n%s\n", text_string(link));
	else
		puts("added; was a user already");
	return exit_flushed();
}

int invite_command(const struct config *config, int argc, char **argv)
{
	AUTO(prompt_wipe) struct text link = {0};
	struct arguments arguments = {0};
	const struct extra_argument known[] = {
		{"--tenant", &arguments.tenant, "is required: a domain or an id"},
		{"--email",  &arguments.email,  "is required"                   },
		{"--role",   &arguments.role,   "is required"                   },
	};
	struct database database;
	struct error err;
	enum error_code code =
		extra_parse(argc, argv, known, COUNT_OF(known), &arguments.json, &err);

	if (!code)
		code = database_open(config, &database, &err);
	if (code)
		return exit_report(&err, arguments.json);
	code = invite(config, database.db, &arguments, &link, &err);
	if (code)
		code = database_explain(config, code, &err);
	database_close(&database);
	return code ? exit_report(&err, arguments.json) : print(&arguments, &link);
}
