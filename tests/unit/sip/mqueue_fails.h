/* libre's queue to the loop, which fails as often as it is told to; needs mqueue_push wrapped. */
#ifndef CENTREX_TESTS_UNIT_SIP_MQUEUE_FAILS_H
#define CENTREX_TESTS_UNIT_SIP_MQUEUE_FAILS_H

#include <re.h>
#include <stdatomic.h>

static atomic_int failures, pushes;

int __wrap_mqueue_push(struct mqueue *mq, int id, void *data);
int __wrap_mqueue_push(struct mqueue *mq, int id, void *data)
{
	(void)mq;
	(void)id;
	(void)data;
	pushes++;
	return failures-- > 0 ? ENOMEM : 0;
}

#endif
