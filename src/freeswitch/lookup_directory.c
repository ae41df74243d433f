/*
 * Who may log in and who can be called: sofia_reg.c (sofia_reg_parse_auth), mod_dptools.c
 * (user_outgoing_channel), mod_voicemail.c, mod_commands.c; matched by switch_xml.c
 * (switch_xml_locate_user).
 */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "freeswitch/ha1.h"
#include "freeswitch/inert.h"
#include "freeswitch/lookup_private.h"

enum {
	SECTION,
	KEY_VALUE,
	ACTION,
	PURPOSE,
	KEY,
	USER,
	DOMAIN,
	METHOD,
	USERNAME,
	REALM,
	TO_USER,
	TO_HOST,
	FROM_USER,
	FROM_HOST,
	FIELDS
};

static const char *const keys[FIELDS] = {
	[SECTION] = "section",
	[KEY_VALUE] = "key_value",
	[ACTION] = "action",
	[PURPOSE] = "purpose",
	[KEY] = "key",
	[USER] = "user",
	[DOMAIN] = "domain",
	[METHOD] = "sip_auth_method",
	[USERNAME] = "sip_auth_username",
	[REALM] = "sip_auth_realm",
	[TO_USER] = "sip_to_user",
	[TO_HOST] = "sip_to_host",
	[FROM_USER] = "sip_from_user",
	[FROM_HOST] = "sip_from_host",
};

/* The fields as strings. */
struct asked {
	const char *of[FIELDS];
	struct uuid user; /* nil: the user is asked for by another name */
};

/* A phone logs in with its UUID only, and only under an address of its own: FreeSWITCH compares
 * neither (sofia_reg.c, sofia_reg_parse_auth). */
static bool may_log_in(const struct asked *asked, const struct extension *extension)
{
	bool registers = !strcasecmp(asked->of[METHOD], "REGISTER");
	const char *user = asked->of[registers ? TO_USER : FROM_USER];
	const char *host = asked->of[registers ? TO_HOST : FROM_HOST];
	struct uuid uuid;

	if (!*asked->of[METHOD] || uuid_is_nil(&asked->user) ||
	    strcmp(asked->of[USERNAME], asked->of[USER]) ||
	    !same_domain(asked->of[REALM], asked->of[DOMAIN]) ||
	    !same_domain(host, asked->of[DOMAIN]))
		return false;
	return !strcmp(user, extension->number) ||
	       (uuid_parse(user, &uuid) && uuid_equal(&uuid, &extension->auth_username));
}

/* Anybody but a phone asks what a user is: no password is checked with the answer. */
static bool may_know(const struct asked *asked, const struct extension *extension)
{
	(void)asked;
	(void)extension;
	return true;
}

/* What is asked about a user; actions that are not here are none of ours, among them those by which
 * mod_verto and mod_event_socket check passwords. */
static const struct {
	const char *action;
	bool (*allowed)(const struct asked *asked, const struct extension *extension);
} actions[] = {
	{"sip_auth",         may_log_in},
        {"user_call",        may_know  },
        {"message-count",    may_know  },
	{"voicemail-lookup", may_know  },
        {"",                 may_know  },
};

static bool allowed(const struct asked *asked, const struct extension *extension)
{
	for (size_t i = 0; i < COUNT_OF(actions); i++)
		if (!strcmp(asked->of[ACTION], actions[i].action))
			return actions[i].allowed(asked, extension);
	return false;
}

/* A user of the tenant; NULL: none that FreeSWITCH may hear of. */
static const struct extension *find_user(const struct asked *asked, const struct snapshot *snapshot)
{
	const struct extension *extension = NULL;

	if (strcmp(asked->of[KEY], "id") && strcmp(asked->of[KEY], "number-alias"))
		return NULL;
	if (!uuid_is_nil(&asked->user))
		extension = snapshot_by_auth_username(snapshot, &asked->user);
	else
		extension = snapshot_extension(snapshot, asked->of[USER]);
	if (!extension || !allowed(asked, extension) || !inert(extension->number) ||
	    !extension->auth_password || !*extension->auth_password)
		return NULL;
	return extension;
}

static void write_variables(struct xml *xml, const struct snapshot *snapshot,
                            const struct extension *extension, const char *uuid,
                            const char *address)
{
	const struct {
		const char *name, *value;
	} variables[] = {
		{"user_context",               snapshot->domain },
 /* A called leg may have no context of its own (an agent's has "default"): who is
  * transferred stays in the tenant (switch_ivr.c, switch_ivr_session_transfer). */
		{"force_transfer_context",     snapshot->domain },
		{"tenant",                     snapshot->domain },
		{"domain_name",                snapshot->domain },
 /* Registrations are kept under the UUID, whatever the phone calls itself. */
		{"sip-force-extension",        uuid             },
		{"extension_uuid",             uuid             },
		{"extension_number",           extension->number},
		{"effective_caller_id_name",   extension->number},
		{"effective_caller_id_number", extension->number},
		{"presence_id",                address          },
	};

	xml_begin(xml, "variables");
	for (size_t i = 0; i < COUNT_OF(variables); i++)
		document_pair(xml, "variable", variables[i].name, variables[i].value);
	xml_end(xml);
}

/* No attribute `cacheable`, ever: the checks above would be skipped from then on. */
static void write_user(struct xml *xml, const struct snapshot *snapshot,
                       const struct extension *extension, const char *hash)
{
	char uuid[UUID_TEXT_MAX], address[EXTENSION_NUMBER_MAX + 1 + DOMAIN_MAX];
	char dial[sizeof(address) + 160];

	uuid_format(&extension->auth_username, uuid);
	snprintf(address, sizeof(address), "%s@%s", extension->number, snapshot->domain);
	snprintf(dial, sizeof(dial),
	         "{^^:sip_invite_domain=${dialed_domain}:presence_id=%s}"
	         "${sofia_contact(*/${dialed_user}@${dialed_domain})}",
	         address);
	xml_begin(xml, "user");
	xml_attr(xml, "id", uuid);
	xml_attr(xml, "number-alias", extension->number);
	xml_begin(xml, "params");
	document_pair(xml, "param", "a1-hash", hash);
	document_pair(xml, "param", "allow-empty-password", "false");
	document_pair(xml, "param", "dial-string", dial);
	xml_end(xml);
	write_variables(xml, snapshot, extension, uuid, address);
	xml_end(xml);
}

/* domain: as FreeSWITCH asked, because it looks for that name in the answer. */
static enum lookup_result answer_user(const struct question *question, const struct asked *asked,
                                      const struct snapshot *snapshot)
{
	const struct extension *extension = find_user(asked, snapshot);
	const char *domain = asked->of[DOMAIN];
	bool log_in = !strcmp(asked->of[ACTION], "sip_auth");
	char hash[HA1_MAX], uuid[UUID_TEXT_MAX];
	struct xml xml;

	if (!extension || !inert(domain) || !inert(snapshot->domain))
		return LOOKUP_NOT_FOUND;
	/* What the phone typed is what it hashed. */
	if (!ha1(question->lookup->md5,
	         log_in ? asked->of[USER] : uuid_format(&extension->auth_username, uuid),
	         log_in ? asked->of[REALM] : snapshot->domain, extension->auth_password, hash))
		return LOOKUP_NOT_FOUND;
	xml = document_begin(question, "directory");
	xml_begin(&xml, "domain");
	xml_attr(&xml, "name", domain);
	xml_begin(&xml, "groups");
	xml_begin(&xml, "group");
	xml_attr(&xml, "name", "default");
	xml_begin(&xml, "users");
	write_user(&xml, snapshot, extension, hash);
	return document_end(&xml);
}

/* domain_exists, and acl.conf's nodes by domain: no user of ours is let in by an address. */
static enum lookup_result answer_domain(const struct question *question, const struct asked *asked,
                                        const struct snapshot *snapshot)
{
	struct xml xml;

	if (!inert(asked->of[DOMAIN]) || !inert(snapshot->domain))
		return LOOKUP_NOT_FOUND;
	xml = document_begin(question, "directory");
	xml_begin(&xml, "domain");
	xml_attr(&xml, "name", asked->of[DOMAIN]);
	return document_end(&xml);
}

enum lookup_result lookup_directory(const struct question *question)
{
	AUTO(snapshot_auto_unref) struct snapshot *snapshot = NULL;
	struct form_field fields[FIELDS];
	struct asked asked = {0};
	enum lookup_result result;

	if (!question_read(question, keys, FIELDS, fields))
		return LOOKUP_NOT_FOUND;
	for (size_t i = 0; i < FIELDS; i++)
		asked.of[i] = fields[i].value;
	if (!fields[DOMAIN].given)
		asked.of[DOMAIN] = asked.of[KEY_VALUE];
	/* purpose=gateways asks for no domain: we have no gateways. */
	if (!*asked.of[DOMAIN] || strcasecmp(asked.of[DOMAIN], asked.of[KEY_VALUE]) ||
	    !strcmp(asked.of[PURPOSE], "gateways"))
		return LOOKUP_NOT_FOUND;
	if (!uuid_parse(asked.of[USER], &asked.user))
		asked.user = (struct uuid){0};
	result = question_domain(question, asked.of[DOMAIN], &snapshot);
	if (result == LOOKUP_NOT_FOUND && !uuid_is_nil(&asked.user))
		result = question_user(question, &asked.user, &snapshot);
	if (result != LOOKUP_FOUND)
		return result;
	return fields[USER].given ? answer_user(question, &asked, snapshot)
	                          : answer_domain(question, &asked, snapshot);
}
