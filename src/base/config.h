/*
 * Settings: flags over environment (CENTREX_...) over a file (name = value lines) over defaults.
 * One table gives every setting's name, default, type, rule and one-line description; the flag is
 * --name, the environment CENTREX_NAME with _ for -, the file key is name.
 */
#ifndef CENTREX_BASE_CONFIG_H
#define CENTREX_BASE_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/text.h"

/* PATH is made absolute, in the file from the file's directory; ADDRESS is an IPv4 or IPv6 address;
 * SECRET is a URL or conninfo whose password is never printed, PASSWORD text that never is at all.
 * A number's rule is least..most, a choice's its words; text may be empty only where the default
 * is.
 */
enum config_type {
	CONFIG_TEXT,
	CONFIG_PATH,
	CONFIG_ADDRESS,
	CONFIG_SECRET,
	CONFIG_PASSWORD,
	CONFIG_NUMBER,
	CONFIG_SWITCH,
	CONFIG_CHOICE
};

/* X(enum, name, type, default, least, most, choices, description). The default of state is the
 * build's (meson option state_dir; ./var of the checkout when that is empty), see
 * base/config_state.c for what root gets. */
#define CONFIG_LIST(X)                                                                             \
	X(STATE, "state", PATH, "", 0, 0, "",                                                      \
	  "directory of the database, spool, secrets and media")                                   \
	X(DATABASE, "database", SECRET, "", 0, 0, "",                                              \
	  "URL of your own PostgreSQL; empty: the embedded one")                                   \
	X(POSTGRES_BIN, "postgres-bin", PATH, "", 0, 0, "",                                        \
	  "directory of PostgreSQL's programs; empty: the one pg_config names")                    \
	X(USER, "user", TEXT, "centrex", 0, 0, "", "system user to become when started as root")   \
	X(NODE, "node", TEXT, "", 0, 0, "",                                                        \
	  "name of this machine among several, other for each engine; empty: the host's")          \
	X(LOG_LEVEL, "log-level", CHOICE, "info", 0, 0, "debug info warning error",                \
	  "least level that is logged")                                                            \
	X(LOG_FORMAT, "log-format", CHOICE, "plain", 0, 0, "plain json", "form of a log line")     \
	X(SIP_ADDRESS, "sip-address", ADDRESS, "127.0.0.1", 0, 0, "",                              \
	  "address SIP and RTP listen on")                                                         \
	X(SIP_PORT, "sip-port", NUMBER, "5060", 0, 65535, "",                                      \
	  "port of SIP over UDP and TCP; 0: any free one")                                         \
	X(SIP_TLS_PORT, "sip-tls-port", NUMBER, "5061", 0, 65535, "",                              \
	  "port of SIP over TLS, with a certificate")                                              \
	X(SIP_TLS_CERTIFICATE, "sip-tls-certificate", PATH, "", 0, 0, "",                          \
	  "PEM file: key and certificate chain")                                                   \
	X(SIP_PUBLIC_ADDRESS, "sip-public-address", ADDRESS, "", 0, 0, "",                         \
	  "address phones see, where it differs (NAT)")                                            \
	X(SIP_WORKERS, "sip-workers", NUMBER, "4", 1, 64, "", "threads for the database")          \
	X(SIP_INVITE_UNREGISTERED, "sip-invite-unregistered", SWITCH, "no", 0, 0, "",              \
	  "accept calls from phones that hold no registration")                                    \
	X(SIP_RING_S, "sip-ring-s", NUMBER, "60", 1, 600, "",                                      \
	  "seconds a phone rings before the call counts as not answered")                          \
	X(SIP_CALLS_MOST, "sip-calls-most", NUMBER, "50", 1, 100000, "",                           \
	  "calls an extension may have begun at one time")                                         \
	X(SIP_EXPIRES_LEAST_S, "sip-expires-least-s", NUMBER, "60", 1, 86400, "",                  \
	  "shortest registration accepted (RFC 3261 423)")                                         \
	X(SIP_EXPIRES_MOST_S, "sip-expires-most-s", NUMBER, "3600", 1, 86400, "",                  \
	  "longest registration granted")                                                          \
	X(SIP_BAN_FAILURES, "sip-ban-failures", NUMBER, "20", 1, 100000, "",                       \
	  "failed log-ins of an address in ten minutes before it is banned")                       \
	X(SIP_BAN_S, "sip-ban-s", NUMBER, "600", 1, 86400, "", "seconds a ban lasts")              \
	X(SIP_DIGEST, "sip-digest", CHOICE, "both", 0, 0, "both sha-256 md5",                      \
	  "digests offered to phones; both: SHA-256 first, MD5 alone to phones that stop at it")   \
	X(RTP_PORT_LEAST, "rtp-port-least", NUMBER, "16384", 1024, 65534, "",                      \
	  "first port of media")                                                                   \
	X(RTP_PORT_MOST, "rtp-port-most", NUMBER, "32767", 1024, 65535, "", "last port of media")  \
	X(MEDIA_THREADS, "media-threads", NUMBER, "2", 1, 64, "", "threads that relay media")      \
	X(MEDIA_SILENCE_S, "media-silence-s", NUMBER, "300", 0, 86400, "",                         \
	  "seconds without any RTP before a call is ended; 0: never")                              \
	X(DRAIN_S, "drain-s", NUMBER, "30", 0, 3600, "", "seconds calls may go on after SIGTERM")  \
	X(WEB_ADDRESS, "web-address", ADDRESS, "127.0.0.1", 0, 0, "", "address HTTP listens on")   \
	X(WEB_PORT, "web-port", NUMBER, "8080", 0, 65535, "", "port of HTTP; 0: any free one")     \
	X(WEB_TLS_CERTIFICATE, "web-tls-certificate", PATH, "", 0, 0, "",                          \
	  "PEM file: key and certificate chain; HTTP is HTTPS then")                               \
	X(WEB_URL, "web-url", TEXT, "", 0, 0, "",                                                  \
	  "address people type, like https://pbx.example; empty: what their request names")        \
	X(WEB_PROXY, "web-proxy", ADDRESS, "", 0, 0, "",                                           \
	  "address of a proxy whose X-Forwarded-For and -Proto are believed; empty: none")         \
	X(WEB_CORS_ORIGIN, "web-cors-origin", TEXT, "", 0, 0, "",                                  \
	  "origin of another site whose pages may call the API; empty: none")                      \
	X(WEB_THREADS, "web-threads", NUMBER, "2", 1, 64, "",                                      \
	  "threads that read requests and send answers")                                           \
	X(WEB_WORKERS, "web-workers", NUMBER, "8", 1, 256, "",                                     \
	  "threads that work on requests with the database")                                       \
	X(WEB_CONNECTIONS_MOST, "web-connections-most", NUMBER, "4096", 16, 65536, "",             \
	  "connections held at one time")                                                          \
	X(WEB_UPLOAD_MAX_MIB, "web-upload-max-mib", NUMBER, "64", 1, 4096, "",                     \
	  "largest audio file taken, in MiB")                                                      \
	X(WEB_RATE_ADDRESS, "web-rate-address", NUMBER, "100", 0, 1000000, "",                     \
	  "requests a second from one address; 0: no limit")                                       \
	X(WEB_RATE_CREDENTIAL, "web-rate-credential", NUMBER, "50", 0, 1000000, "",                \
	  "requests a second with one session or token; 0: no limit")                              \
	X(WEB_RATE_TENANT, "web-rate-tenant", NUMBER, "200", 0, 1000000, "",                       \
	  "requests a second to one tenant; 0: no limit")                                          \
	X(WEB_SESSION_H, "web-session-h", NUMBER, "12", 1, 720, "",                                \
	  "hours a session lasts without use")                                                     \
	X(MEDIA_MEMORY_MIB, "media-memory-mib", NUMBER, "256", 16, 65536, "",                      \
	  "MiB of encoded music and announcements that `centrex sip` keeps")                       \
	X(MEDIA_QUOTA_MIB, "media-quota-mib", NUMBER, "1024", 0, 1048576, "",                      \
	  "MiB of audio a tenant may keep, where its setting media_quota_mib says no other")       \
	X(FREESWITCH_CREDENTIALS, "freeswitch-credentials", PASSWORD, "", 0, 0, "",                \
	  "name:password with which FreeSWITCH asks; empty: nobody may")                           \
	X(FREESWITCH_FROM, "freeswitch-from", TEXT, "127.0.0.0/8 ::1", 0, 0, "",                   \
	  "addresses and networks FreeSWITCH asks from, with blanks between")                      \
	X(FREESWITCH_ADDRESS, "freeswitch-address", ADDRESS, "127.0.0.1", 0, 0, "",                \
	  "address FreeSWITCH is answered on, with freeswitch-port")                               \
	X(FREESWITCH_PORT, "freeswitch-port", NUMBER, "0", 0, 65535, "",                           \
	  "port FreeSWITCH is answered on; 0: web-port")                                           \
	X(FREESWITCH_URL, "freeswitch-url", TEXT, "", 0, 0, "",                                    \
	  "where FreeSWITCH reaches Centrex, like http://10.0.0.2:8081; empty: on this machine")   \
	X(FREESWITCH_NODES, "freeswitch-nodes", TEXT, "", 0, 0, "",                                \
	  "event sockets, like fs1=10.0.0.5:8021 fs2=10.0.0.6:8021; empty: none")                  \
	X(FREESWITCH_EVENT_PASSWORD, "freeswitch-event-password", PASSWORD, "", 0, 0, "",          \
	  "password of the event sockets")                                                         \
	X(FREESWITCH_PROFILE, "freeswitch-profile", TEXT, "internal", 0, 0, "",                    \
	  "name of the SIP profile of phones")                                                     \
	X(FREESWITCH_MEDIA, "freeswitch-media", TEXT, "", 0, 0, "",                                \
	  "directory of media as FreeSWITCH sees it; empty: as Centrex does")                      \
	X(SMTP_URL, "smtp-url", SECRET, "", 0, 0, "",                                              \
	  "mail server, like smtps://name:password@mail.example; empty: links are printed")        \
	X(SMTP_FROM, "smtp-from", TEXT, "", 0, 0, "", "sender of the mail that Centrex sends")

enum config_setting {
#define X(id, ...) CONFIG_##id,
	CONFIG_LIST(X)
#undef X
		CONFIG_SETTING_COUNT
};

enum config_source { CONFIG_DEFAULT, CONFIG_FILE, CONFIG_ENVIRONMENT, CONFIG_FLAG };

struct config; /* immutable once loaded */

/* Takes the flags it knows out of argv (in place, *argc shrinks; --name value or --name=value, a
 * switch alone means yes; nothing after "--"), so that a command sees the rest. The last of several
 * wins. An environment variable set to nothing counts as not set where the setting must not be
 * empty.
 * The file: --config FILE, CENTREX_CONFIG, else <state>/centrex.conf where there is one. Lines
 * `name = value`, # begins a comment line; each name at most once.
 * A bad value is ERROR_INVALID with the setting's name as field and where it came from in message.
 */
MUST_CHECK enum error_code config_load(int *argc, char **argv, struct config **ret_config,
                                       struct error *err);
/* The same flags, environment and state directory, the file read anew (SIGHUP). */
MUST_CHECK enum error_code config_reload(const struct config *old, struct config **ret_config,
                                         struct error *err);
void config_free(struct config *config); /* NULL is allowed */
void config_auto_free(struct config **config);

const char *config_text(const struct config *config, enum config_setting setting);
int64_t config_number(const struct config *config, enum config_setting setting);
bool config_switch(const struct config *config, enum config_setting setting);

const char *config_name(enum config_setting setting);
const char *config_description(enum config_setting setting);
enum config_type config_type(enum config_setting setting);
enum config_source config_source(const struct config *config, enum config_setting setting);

/* "default", "flag --sip-port", "environment CENTREX_SIP_PORT", "/etc/centrex.conf line 3". */
void config_origin(const struct config *config, enum config_setting setting, struct text *out);

/* The value as a person may see it: passwords replaced by ***. */
void config_show(const struct config *config, enum config_setting setting, struct text *out);

/* The settings file in force; NULL: none. */
const char *config_file(const struct config *config);

/* For a child process: puts the state directory, the settings file and every flag into this
 * process's environment, where `ps` does not show them and config_load of the child finds them. */
MUST_CHECK enum error_code config_export(const struct config *config, struct error *err);

#endif
