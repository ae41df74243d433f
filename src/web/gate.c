#include "web/gate.h"

enum error_code gate_check(struct request *request, struct reply *reply, struct error *err)
{
	(void)reply;
	if (request->route->access == ACCESS_NONE)
		return ERROR_OK;
	return error_set(err, ERROR_UNAUTHENTICATED, NULL, "sign in, or send a token");
}
