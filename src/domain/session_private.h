/* What signing in with a password and with a link share. For domain/{session,invitation}.c only. */
#ifndef CENTREX_DOMAIN_SESSION_PRIVATE_H
#define CENTREX_DOMAIN_SESSION_PRIVATE_H

#include "db/tx.h"
#include "domain/session.h"

struct account {
	struct uuid id;
	char email[PRINCIPAL_EMAIL_MAX];
	char password_hash[256];
};

/* The row of a query for id, email and password_hash. */
MUST_CHECK enum error_code account_read(struct db *db, const struct tx_statement *question,
                                        struct account *ret_account, bool *ret_found,
                                        struct error *err);

/* A session of somebody who has proven who he is. ERROR_UNAUTHENTICATED: his password is another by
 * now. */
MUST_CHECK enum error_code session_begin(struct db *db, const struct sign_in *sign_in,
                                         const struct account *account, struct session *ret_session,
                                         struct error *err);

#endif
