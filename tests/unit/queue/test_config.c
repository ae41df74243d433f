/* Settings and members that change while the queues work: the tables of scenario.h. */
#include "base/base.h"
#include "scenario.h"

/* clang-format off */
static const struct scenario scenarios[] = {
	{"an edit changes nobody's state",
	 "Q ring-all a b c",
	 "0 break c\n"
	 "1 join Q1 -> offer 1a, offer 1b\n"
	 "2 queues Q ring-all a b c agent_ring_time=30 ->\n"
	 "2 states a=ringing b=ringing\n"
	 "3 answer 1a -> connect 1a, elsewhere 1b\n"
	 "4 queues Q round-robin a b c ->\n"
	 "4 states a=talking\n"
	 "5 ended 1 ->\n"
	 "6 queues Q ring-all a b c ->\n"
	 "6 states a=wrap_up\n"
	 "7 join Q2 -> offer 2b"},
	{"who is no member any more rings on, and may answer",
	 "Q ring-all a b",
	 "1 join Q1 -> offer 1a, offer 1b\n"
	 "2 queues Q ring-all b ->\n"
	 "3 answer 1a -> connect 1a, elsewhere 1b\n"
	 "4 ended 1 ->\n"
	 "4 states a=wrap_up\n"
	 "20 states a=waiting\n"
	 "21 join Q2 -> offer 2b"},
	{"who is a member nowhere any more is not offered another call",
	 "Q ring-all a b",
	 "1 join Q1 -> offer 1a, offer 1b\n"
	 "2 queues Q ring-all b ->\n"
	 "3 missed 1a ->\n"
	 "60 tick -> withdraw 1b, offer 1b, withdraw 1b, offer 1b\n"
	 "61 queues Q ring-all a b ->\n"
	 "62 available a ->\n"
	 "62 phone a -> offer 1a"},
	{"a new member has to be told of before he is offered a call",
	 "Q ring-all a",
	 "1 join Q1 -> offer 1a\n"
	 "2 queues Q ring-all a b ->\n"
	 "2 why 1 a=already_offered b=logged_out\n"
	 "3 available b ->\n"
	 "3 phone b -> offer 1b"},
	{"callers of a queue that is removed are led elsewhere, its offers taken back",
	 "Q ring-all a b; R ring-all a",
	 "1 join Q1 -> offer 1a, offer 1b\n"
	 "2 join Q2 ->\n"
	 "3 join R3 ->\n"
	 "4 queues R ring-all a -> withdraw 1a, withdraw 1b, overflow 1 queue_gone, overflow 2 queue_gone\n"
	 "5 tick -> offer 3a"},
	{"who is connected when his queue is removed talks on, and his agent wraps up",
	 "Q ring-all a wrap_up_time=7; R ring-all a",
	 "1 join Q1 -> offer 1a\n"
	 "2 answer 1a -> connect 1a\n"
	 "3 queues R ring-all a wrap_up_time=90 ->\n"
	 "4 join R2 ->\n"
	 "5 ended 1 ->\n"
	 "5 states a=wrap_up\n"
	 "12 tick -> offer 2a"},
	{"who could not be connected when his queue is removed is led elsewhere",
	 "Q ring-all a",
	 "1 join Q1 -> offer 1a\n"
	 "2 answer 1a -> connect 1a\n"
	 "2 queues ->\n"
	 "3 failed 1a -> overflow 1 queue_gone"},
	{"from ring-all to round-robin: those who ring ring on, then it is one at a time",
	 "Q ring-all a b c",
	 "1 join Q1 -> offer 1a, offer 1b, offer 1c\n"
	 "2 queues Q round-robin a b c ->\n"
	 "3 missed 1a ->\n"
	 "4 missed 1b ->\n"
	 "5 declined 1c ->\n"
	 "8 tick -> offer 1a\n"
	 "10 tick ->"},
	{"from round-robin to ring-all: the others ring too",
	 "Q round-robin a b c",
	 "1 join Q1 -> offer 1a\n"
	 "2 queues Q ring-all a b c -> offer 1b, offer 1c"},
	{"round-robin goes on where it was when members change",
	 "Q round-robin a b c wrap_up_time=0",
	 "1 join Q1 -> offer 1a\n"
	 "2 missed 1a -> offer 1b\n"
	 "8 queues Q round-robin a c d ->\n"
	 "9 missed 1b -> offer 1c"},
	{"a wait that is made shorter is over at once for whom it is over",
	 "Q ring-all a",
	 "0 out a\n"
	 "1 join Q1 ->\n"
	 "20 join Q2 ->\n"
	 "25 queues Q ring-all a max_wait_time=10 -> overflow 1 max_wait\n"
	 "30 tick -> overflow 2 max_wait"},
	{"an edit does not begin the wait for nobody anew",
	 "Q ring-all a",
	 "0 out a\n"
	 "1 join Q1 ->\n"
	 "10 queues Q ring-all a max_wait_time_with_no_agent=20 ->\n"
	 "19.9 tick ->\n"
	 "20 tick -> overflow 1 no_agents"},
	{"tiers that are opened by an edit are tried at once",
	 "Q ring-all a.1 b.2 tier_rules_apply=1 tier_rule_wait_second=60",
	 "1 join Q1 -> offer 1a\n"
	 "5 queues Q ring-all a.1 b.2 -> offer 1b"},
	{"a queue or member named twice is there once",
	 "Q ring-all a b a.2; Q ring-all c",
	 "1 join Q1 -> offer 1a, offer 1b"},
};
/* clang-format on */

int main(void)
{
	return scenarios_run("queue", scenarios, COUNT_OF(scenarios));
}
