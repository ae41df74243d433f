/* The behaviour of entities: what the rows of domain/resources.c hang on the table. */
#ifndef CENTREX_DOMAIN_HOOKS_H
#define CENTREX_DOMAIN_HOOKS_H

#include "domain/store.h"

/* domain/extension.c: a random version-4 UUID and a password of 24 characters into body. */
enum error_code extension_credentials(json_t *body, struct error *err);
/* A new extension gets them. */
enum error_code extension_prepare(enum resource_verb verb, json_t *body, struct error *err);

/* domain/call.c: asks the engine to end it. */
enum error_code call_hang_up(json_t *body, struct error *err);

/* domain/queue.c: what a queue may be called, so that switches take it as a name. */
enum error_code queue_resource_check(const char *const *keys, const json_t *body,
                                     struct error *err);
/* domain/number.c: exactly one of extension_id, queue_id and media_id. */
enum error_code number_resource_check(const char *const *keys, const json_t *body,
                                      struct error *err);
enum error_code number_prepare(enum resource_verb verb, json_t *body, struct error *err);

/* domain/agent.c: another status without a reason has none, and is asked for now. */
enum error_code agent_prepare(enum resource_verb verb, json_t *body, struct error *err);

/* domain/user.c: password becomes password_hash. */
enum error_code user_prepare(enum resource_verb verb, json_t *body, struct error *err);
/* A new password ends all sessions and takes back an open link. */
enum error_code user_updated(const struct store_call *call, const json_t *body, const char *row,
                             struct error *err);
/* Whoever leaves a tenant, or goes altogether, keeps no phone there. */
enum error_code user_resource_remove(const struct store_call *call, const json_t *row,
                                     struct error *err);
enum error_code member_resource_remove(const struct store_call *call, const json_t *row,
                                       struct error *err);

/* domain/tenant.c: schema, role and media come and go with the row. */
enum error_code tenant_resource_create(const struct store_call *call, const json_t *body,
                                       struct text *ret_row, struct error *err);
enum error_code tenant_resource_remove(const struct store_call *call, const json_t *row,
                                       struct error *err);

/* domain/settings.c: a name that is known, and a value that it can have. */
enum error_code setting_resource_check(const char *const *keys, const json_t *body,
                                       struct error *err);
/* domain/media.c: what a file may be called. */
enum error_code media_resource_check(const char *const *keys, const json_t *body,
                                     struct error *err);
/* The files go after the row; a file that a queue plays stays. */
enum error_code media_resource_remove(const struct store_call *call, const json_t *row,
                                      struct error *err);

#endif
