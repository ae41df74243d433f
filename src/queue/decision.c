#include "queue/decision.h"

#include "base/base.h"

struct words {
	const char *slug, *text;
};

static const struct words verdicts[] = {
#define X(id, slug, text) {slug, text},
	QUEUE_VERDICT_LIST(X)
#undef X
};

static const struct words decisions[] = {
#define X(id, slug, text) {slug, text},
	QUEUE_DECISION_LIST(X)
#undef X
};

const char *queue_verdict_slug(enum queue_verdict verdict)
{
	return verdicts[verdict].slug;
}

const char *queue_verdict_text(enum queue_verdict verdict)
{
	return verdicts[verdict].text;
}

const char *queue_decision_slug(enum queue_decision_kind kind)
{
	return decisions[kind].slug;
}

const char *queue_decision_text(enum queue_decision_kind kind)
{
	return decisions[kind].text;
}
