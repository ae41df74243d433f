/* Offers, answers and ends: the tables of scenario.h. */
#include "base/base.h"
#include "scenario.h"

/* clang-format off */
static const struct scenario scenarios[] = {
	{"all ring for the first caller, the first who answers has him and the others stop",
	 "Q ring-all a b c",
	 "1 join Q1 -> offer 1a, offer 1b, offer 1c\n"
	 "1 states a=ringing b=ringing c=ringing\n"
	 "3 answer 1b -> connect 1b, elsewhere 1a, elsewhere 1c\n"
	 "3 states a=waiting b=talking c=waiting\n"
	 "9 ended 1 ->\n"
	 "9 states b=wrap_up\n"
	 "20 states b=waiting"},
	{"of two agents who answer at the same time one has the caller and the other is let go",
	 "Q ring-all a b",
	 "1 join Q1 -> offer 1a, offer 1b\n"
	 "3 answer 1a -> connect 1a, elsewhere 1b\n"
	 "3 answer 1b -> refuse 1b\n"
	 "3 states a=talking b=waiting"},
	{"an answer told twice is one answer",
	 "Q ring-all a b",
	 "1 join Q1 -> offer 1a, offer 1b\n"
	 "3 answer 1a -> connect 1a, elsewhere 1b\n"
	 "3 answer 1a ->"},
	{"who answers when the caller has hung up is let go",
	 "Q ring-all a",
	 "1 join Q1 -> offer 1a\n"
	 "3 left 1 -> withdraw 1a\n"
	 "3 answer 1a -> refuse 1a\n"
	 "3 states a=waiting"},
	{"who answers an offer of before, while he rings for another, is let go and rings on",
	 "Q round-robin a no_answer_delay_time=0",
	 "1 join Q1 -> offer 1a\n"
	 "2 join Q2 ->\n"
	 "3 left 1 -> withdraw 1a\n"
	 "4 tick -> offer 2a\n"
	 "4 answer 1a -> refuse 1a\n"
	 "5 answer 2a -> connect 2a"},
	{"an end of an offer that is no more is passed over",
	 "Q ring-all a b",
	 "1 join Q1 -> offer 1a, offer 1b\n"
	 "2 left 1 -> withdraw 1a, withdraw 1b\n"
	 "2 missed 1a ->\n"
	 "2 busy 9z ->\n"
	 "3 join Q2 -> offer 2a, offer 2b"},
	{"when the caller hangs up while connected the agent wraps up",
	 "Q ring-all a",
	 "1 join Q1 -> offer 1a\n"
	 "2 answer 1a -> connect 1a\n"
	 "5 left 1 ->\n"
	 "5 states a=wrap_up\n"
	 "5 ended 1 ->\n"
	 "5 told joined, considered, answered, ended"},
	{"who could not be connected waits again, before those who came after him",
	 "Q round-robin a b",
	 "1 join Q1 -> offer 1a\n"
	 "2 join Q2 -> offer 2b\n"
	 "3 answer 1a -> connect 1a\n"
	 "4 join Q3 ->\n"
	 "5 failed 1a ->\n"
	 "6 missed 2b ->\n"
	 "11 tick -> offer 1a, offer 2b\n"
	 "12 answer 1a -> connect 1a"},
	{"an offer of which nobody tells the end is ended, and the agent is free again",
	 "Q ring-all a agent_ring_time=15 no_answer_delay_time=5",
	 "1 join Q1 -> offer 1a\n"
	 "20 tick ->\n"
	 "21 tick -> withdraw 1a\n"
	 "21 states a=waiting\n"
	 "26 tick -> offer 1a\n"
	 "26 told joined, considered, lost, considered, considered"},
	{"an answer that comes with the deadline is an answer",
	 "Q ring-all a max_wait_time=10",
	 "1 join Q1 -> offer 1a\n"
	 "10.999 tick ->\n"
	 "10.999 answer 1a -> connect 1a\n"
	 "60 states a=talking"},
	{"a clock that goes back stands still",
	 "Q ring-all a wrap_up_time=10",
	 "5 join Q1 -> offer 1a\n"
	 "6 answer 1a -> connect 1a\n"
	 "3 ended 1 ->\n"
	 "3 join Q2 ->\n"
	 "15.9 tick ->\n"
	 "16 tick -> offer 2a"},
};
/* clang-format on */

int main(void)
{
	return scenarios_run("queue", scenarios, COUNT_OF(scenarios));
}
