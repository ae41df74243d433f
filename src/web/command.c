#include "web/command.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/files.h"
#include "base/log.h"
#include "cli/daemon.h"
#include "cli/exit.h"
#include "db/listen.h"
#include "db/login.h"
#include "domain/directory.h"
#include "domain/media.h"
#include "domain/node.h"
#include "freeswitch/intake.h"
#include "freeswitch/settings.h"
#include "mail/mail.h"
#include "web/api_record.h"
#include "web/console.h"
#include "web/hub.h"
#include "web/metrics.h"
#include "web/openapi.h"
#include "web/operator_events.h"
#include "web/rates.h"
#include "web/retention.h"
#include "web/server.h"
#include "web/site.h"
#include "web/switches.h"

enum { DRAIN_S = 5, FILES_SPARE = 512 };

const char web_usage[] = "Usage: centrex web [--SETTING VALUE ...]\n"
			 "\n"
			 "Runs the HTTP API alone, on a database that is there already.\n"
			 "`centrex serve` starts it by itself. It writes its port to\n"
			 "<state>/run/web.json once it serves; SIGTERM ends it when what is under\n"
			 "way is answered, SIGHUP re-reads the log's settings.\n";

struct parts {
	struct db_login login;
	struct web web;
	struct text media;
	struct openapi openapi;
	struct listen *listen;
	struct server *server;
	struct server *switch_server; /* freeswitch-port; NULL: server answers FreeSWITCH, too */
	struct node *self;
	struct retention *retention; /* NULL in a site of verify-isolation */
};

/* On the listener's thread. The directory has a listener of its own. */
static void on_notification(enum listen_event event, const char *payload, void *arg)
{
	const struct web *web = arg;
	struct uuid tenant;

	if (event == LISTEN_LOST)
		return;
	if (event != LISTEN_CHANGED || !payload || !listen_names_live(payload, &tenant))
		operator_events_changed(web->operator_events);
	if (event == LISTEN_CHANGED && payload && uuid_parse(payload, &tenant)) {
		principals_forget_tenant(web->principals, &tenant);
		hub_changed(web->hub, &tenant);
	} else if (event == LISTEN_CHANGED && listen_names_live(payload, &tenant)) {
		hub_changed(web->hub, &tenant);
	} else {
		principals_forget(web->principals);
		hub_recheck(web->hub);
		if (event == LISTEN_RESTORED)
			hub_changed(web->hub, NULL);
	}
}

/* On the mail's thread. */
static void on_lost_letter(const char *to, const struct error *err, void *arg)
{
	(void)arg;
	log_event(LOG_ERROR, "mail", "a letter was given up", LOG_TEXT("to", to),
	          LOG_TEXT("error", err->message));
}

/* Without a mail server links are handed to who invites. */
static enum error_code open_mail(const struct config *config, struct web *web, struct error *err)
{
	const struct mail_config mail = {
		.url = config_text(config, CONFIG_SMTP_URL),
		.from = config_text(config, CONFIG_SMTP_FROM),
		.lost = on_lost_letter,
	};

	if (!*mail.url)
		return ERROR_OK;
	if (!*config_text(config, CONFIG_WEB_URL))
		log_write(LOG_WARNING, "mail",
		          "no links for forgotten passwords are sent: web-url is not set", NULL, 0);
	return mail_open(&mail, &web->mail, err);
}

/* What a crash left of uploads goes before new ones come. Without the database, the next start does
 * it. */
static enum error_code open_media(struct web *web, struct error *err)
{
	const struct uploads_config media = {
		.db = web->db,
		.directory = web->media,
		.quota_mib = config_number(web->config, CONFIG_MEDIA_QUOTA_MIB),
	};
	enum error_code code = uploads_open(&media, &web->uploads, err);
	struct error sweep_err;
	size_t removed = 0;

	if (code != ERROR_OK)
		return code;
	if (media_sweep(web->uploads, &removed, &sweep_err) != ERROR_OK)
		log_error("web", "what unfinished uploads left could not be removed", &sweep_err);
	else if (removed)
		log_event(LOG_INFO, "web", "removed what unfinished uploads left",
		          LOG_NUMBER("directories", (int64_t)removed));
	return ERROR_OK;
}

static enum error_code open_web(const struct config *config, struct parts *parts, struct error *err)
{
	struct web *web = &parts->web;
	struct directory_config directory = {
		.db_config = &parts->login.config,
		.warm = *config_text(config, CONFIG_FREESWITCH_CREDENTIALS),
	};
	enum error_code code = db_open(&parts->login.config, &web->db, err);

	web->config = config;
	web->console = &console_built_in;
	directory.db = web->db;
	text_addf(&parts->media, "%s/media", config_text(config, CONFIG_STATE));
	web->media = text_string(&parts->media);
	if (code == ERROR_OK && parts->media.failed)
		code = error_set(err, ERROR_MEMORY, NULL, NULL);
	if (code == ERROR_OK)
		code = directory_open(&directory, &web->directory, err);
	if (code == ERROR_OK)
		code = open_media(web, err);
	if (code == ERROR_OK)
		code = principals_open(web->db, &web->principals, err);
	if (code == ERROR_OK)
		code = rates_open(config, &web->rates, err);
	if (code == ERROR_OK)
		code = switches_open(config, web->directory, web->rates, &web->switches, err);
	if (code == ERROR_OK && web->switches)
		code = records_open(web, &web->records, err);
	if (code == ERROR_OK)
		code = open_mail(config, web, err);
	if (code == ERROR_OK)
		code = hub_open(web->db, web->principals, &web->hub, err);
	if (code == ERROR_OK)
		code = operator_events_open(web->db, web->principals, &web->operator_events, err);
	if (code == ERROR_OK)
		code = metrics_open(&web->metrics, err);
	if (code == ERROR_OK)
		code = routes_open(&web->routes, err);
	if (code == ERROR_OK)
		code = openapi_write(web->routes, &parts->openapi, err);
	web->openapi = &parts->openapi;
	if (code == ERROR_OK)
		code = listen_open(&parts->login.config, on_notification, web, &parts->listen, err);
	return code;
}

static bool is_loopback(const char *address)
{
	return strncmp(address, "127.", 4) == 0 || strcmp(address, "::1") == 0;
}

static void warn_of_clear_text(const char *what, const char *address)
{
	if (!is_loopback(address))
		log_event(LOG_WARNING, "web", what, LOG_TEXT("address", address));
}

static bool has_switch_port(const struct config *config)
{
	return *config_text(config, CONFIG_FREESWITCH_CREDENTIALS) &&
	       config_number(config, CONFIG_FREESWITCH_PORT);
}

static enum error_code open_server(const struct config *config, struct parts *parts,
                                   struct error *err)
{
	const char *address = config_text(config, CONFIG_WEB_ADDRESS);
	const char *tls_file = config_text(config, CONFIG_WEB_TLS_CERTIFICATE);
	bool also_switches = parts->web.switches && !has_switch_port(config);
	const struct server_config server = {
		.web = &parts->web,
		.faces = SERVER_PEOPLE | (also_switches ? SERVER_SWITCHES : 0),
		.address = address,
		.port = (uint16_t)config_number(config, CONFIG_WEB_PORT),
		.port_name = config_name(CONFIG_WEB_PORT),
		.tls_file = tls_file,
	};
	enum error_code code = server_open(&server, &parts->server, err);

	if (code == ERROR_OK && !tls_file[0])
		warn_of_clear_text(
			"passwords cross the network in clear: set web-tls-certificate, or put a "
			"proxy with TLS in front",
			address);
	return code;
}

/* A listener of their own, so that what people do, or is done to the API, takes nothing from the
 * switches: connections, reactors and workers. In clear, for the network between machines. */
static enum error_code open_switch_server(const struct config *config, struct parts *parts,
                                          struct error *err)
{
	const char *address = config_text(config, CONFIG_FREESWITCH_ADDRESS);
	const struct server_config server = {
		.web = &parts->web,
		.faces = SERVER_SWITCHES,
		.address = address,
		.port = (uint16_t)config_number(config, CONFIG_FREESWITCH_PORT),
		.port_name = config_name(CONFIG_FREESWITCH_PORT),
	};
	enum error_code code = ERROR_OK;

	if (!has_switch_port(config))
		return ERROR_OK;
	code = server_open(&server, &parts->switch_server, err);
	if (code == ERROR_OK)
		warn_of_clear_text("what FreeSWITCH asks and is told crosses the network in clear: "
		                   "let it be a network of their own",
		                   address);
	return code;
}

static enum error_code make_directory(const struct config *config, const char *name,
                                      struct error *err)
{
	AUTO(text_clear) struct text path = {0};

	text_addf(&path, "%s/%s", config_text(config, CONFIG_STATE), name);
	if (path.failed)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	if (mkdir(path.data, 0700) != 0 && errno != EEXIST)
		return error_errno(err, "make %s", path.data);
	return ERROR_OK;
}

/* On the node's thread: web/metrics_nodes.c knows these names. */
static void write_counters(struct text *json, void *arg)
{
	const struct web *web = arg;
	struct hub_counts streams;
	struct directory_counts directory;

	hub_counts(web->hub, &streams);
	directory_counts(web->directory, &directory);
	text_addf(
		json,
		"{\"http_requests\":%llu,\"streams\":%zu,\"snapshots\":%zu,\"memory_bytes\":%lld}",
		(unsigned long long)metrics_requests(web->metrics), streams.streams,
		directory.tenants, (long long)node_memory_bytes());
}

static enum error_code open_node(const struct config *config, struct parts *parts,
                                 struct error *err)
{
	char name[NODE_NAME_MAX];
	const struct node_config node = {.db = parts->web.db,
	                                 .kind = "web",
	                                 .name = name,
	                                 .counters = write_counters,
	                                 .arg = &parts->web};

	node_name(config, name);
	return node_open(&node, &parts->self, err);
}

/* parts->login is loaded. */
static enum error_code open_parts(const struct config *config, struct parts *parts,
                                  struct error *err)
{
	enum error_code code = make_directory(config, "tmp", err);

	if (code == ERROR_OK)
		code = make_directory(config, "media", err);
	if (code == ERROR_OK)
		code = open_web(config, parts, err);
	if (code == ERROR_OK)
		code = open_server(config, parts, err);
	if (code == ERROR_OK)
		code = open_switch_server(config, parts, err);
	if (code == ERROR_OK)
		code = open_node(config, parts, err);
	return code;
}

static void close_parts(struct parts *parts)
{
	struct web *web = &parts->web;

	node_close(parts->self);
	retention_close(parts->retention);
	hub_stop(web->hub); /* streams end, so that nothing else is waited for */
	operator_events_stop(web->operator_events);
	server_close(parts->switch_server, DRAIN_S);
	server_close(parts->server, DRAIN_S);
	listen_close(parts->listen);
	hub_close(web->hub);
	operator_events_close(web->operator_events);
	openapi_clear(&parts->openapi);
	mail_close(web->mail);
	routes_close(web->routes);
	intake_close(web->records);
	switches_close(web->switches);
	rates_close(web->rates);
	metrics_close(web->metrics);
	uploads_close(web->uploads);
	if (web->principals)
		principals_close(web->principals);
	if (web->directory)
		directory_close(web->directory);
	db_close(web->db);
	text_clear(&parts->media);
	db_login_clear(&parts->login);
}

static enum error_code publish(const struct config *config, const struct parts *parts,
                               struct error *err)
{
	AUTO(text_clear) struct text content = {0};

	text_addf(&content, "{\"pid\":%ld,\"port\":%u,\"tls\":%s", (long)getpid(),
	          server_port(parts->server),
	          config_text(config, CONFIG_WEB_TLS_CERTIFICATE)[0] ? "true" : "false");
	if (parts->web.switches)
		text_addf(&content, ",\"freeswitch_port\":%u",
		          server_port(parts->switch_server ? parts->switch_server : parts->server));
	text_add(&content, "}\n");
	return daemon_publish(config, "web", &content, err);
}

static enum error_code serve(const struct config *config, struct parts *parts, struct error *err)
{
	enum error_code code = publish(config, parts, err);

	if (code != ERROR_OK)
		return code;
	log_event(LOG_INFO, "web", "ready",
	          LOG_TEXT("address", config_text(config, CONFIG_WEB_ADDRESS)),
	          LOG_NUMBER("port", server_port(parts->server)));
	daemon_wait(config, "web");
	daemon_unpublish(config, "web");
	return ERROR_OK;
}

/* One descriptor a connection, and what the database, files and uploads need. */
static void raise_files(const struct config *config)
{
	rlim_t wanted =
		(rlim_t)config_number(config, CONFIG_WEB_CONNECTIONS_MOST) * 2 + FILES_SPARE;
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted)
		return;
	limit.rlim_cur = wanted < limit.rlim_max ? wanted : limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
}

int web_command(const struct config *config, int argc, char **argv)
{
	struct parts parts = {0};
	struct error err;

	if (daemon_begin("web", argc, argv, &err))
		return exit_report(&err, false);
	raise_files(config);

	enum error_code code = freeswitch_settings_check(config, &err);

	freeswitch_settings_warn(config);
	if (code == ERROR_OK)
		code = db_login_load(config, "centrex web", &parts.login, &err);
	if (code == ERROR_OK)
		code = open_parts(config, &parts, &err);
	if (code == ERROR_OK)
		code = retention_open(parts.web.db, parts.web.media, &parts.retention, &err);
	if (code == ERROR_OK)
		code = serve(config, &parts, &err);
	close_parts(&parts);
	return code == ERROR_OK ? EXIT_DONE : exit_report(&err, false);
}

struct site {
	struct config *config;
	const struct config *outer; /* whose log settings come back */
	char state[sizeof("/tmp/centrex-verify-XXXXXX")];
	struct parts parts;
};

/* The settings of the installation, but for what would reach further than this process. */
static enum error_code private_settings(struct site *site, struct error *err)
{
	char *argv[] = {
		"centrex",
		"--state",
		site->state,
		"--web-address=127.0.0.1",
		"--web-port=0",
		"--web-tls-certificate=",
		"--web-url=",
		"--web-rate-address=0",
		"--web-rate-credential=0",
		"--web-rate-tenant=0",
		"--smtp-url=",
		"--freeswitch-credentials=",
		"--log-level=error",
		NULL,
	};
	int argc = COUNT_OF(argv) - 1;
	enum error_code code = config_export(site->outer, err);

	return code == ERROR_OK ? config_load(&argc, argv, &site->config, err) : code;
}

enum error_code site_open(const struct config *config, struct site **ret_site, struct error *err)
{
	struct site *site = calloc(1, sizeof(*site));
	enum error_code code;

	if (!site)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	site->outer = config;
	snprintf(site->state, sizeof(site->state), "/tmp/centrex-verify-XXXXXX");
	if (!mkdtemp(site->state)) {
		free(site);
		return error_errno(err, "make a temporary directory");
	}
	code = db_login_load(config, "centrex verify-isolation", &site->parts.login, err);
	if (code == ERROR_OK)
		code = private_settings(site, err);
	if (code == ERROR_OK) {
		log_settings(site->config);
		signal(SIGPIPE, SIG_IGN);
		code = open_parts(site->config, &site->parts, err);
	}
	if (code != ERROR_OK) {
		site_close(site);
		return code;
	}
	*ret_site = site;
	return ERROR_OK;
}

void site_close(struct site *site)
{
	struct error err;

	if (!site)
		return;
	close_parts(&site->parts);
	if (files_remove(site->state, &err) != ERROR_OK)
		log_error("web", "a temporary directory stays", &err);
	log_settings(site->outer);
	config_free(site->config);
	free(site);
}

uint16_t site_port(const struct site *site)
{
	return server_port(site->parts.server);
}

const struct routes *site_routes(const struct site *site)
{
	return site->parts.web.routes;
}
