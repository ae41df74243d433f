/* SDP from a stranger: read, offered on, read back from what we wrote, answered. What we write must
 * always be readable by ourselves. */
#include <stdio.h>
#include <stdlib.h>

#include "sip/sdp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(enum error_code code)
{
	if (code) {
		fprintf(stderr, "%s\n", error_slug(code));
		abort();
	}
}

static void pass_on(struct sdp *offer, bool secure)
{
	struct sdp *answer = NULL;
	struct sdp_local to_callee, to_caller;
	struct media_keys keys;
	struct sa address;
	bool is_secure;

	sa_set_str(&address, "192.0.2.1", 20000);
	sdp_local_init(&to_callee, &address, secure);
	sdp_local_init(&to_caller, &address, secure);
	must(sdp_offer(&to_callee, offer));
	must(sdp_read(to_callee.last.data, to_callee.last.length, secure, &answer, NULL));
	must(sdp_answer(&to_caller, offer, answer));
	must(sdp_keys(&to_caller, offer, false, &keys, &is_secure));
	answer = mem_deref(answer);
	must(sdp_read(to_caller.last.data, to_caller.last.length, secure, &answer, NULL));
	must(sdp_offer(&to_caller, answer));
	mem_deref(answer);
	sdp_local_clear(&to_callee);
	sdp_local_clear(&to_caller);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const bool secure[] = {false, true};

	for (size_t i = 0; i < COUNT_OF(secure); i++) {
		struct sdp *offer = NULL;
		struct error err;

		if (sdp_read((const char *)data, size, secure[i], &offer, &err))
			continue;
		pass_on(offer, secure[i]);
		mem_deref(offer);
	}
	return 0;
}
