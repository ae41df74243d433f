/* An agent's states, what ends them, and who is ready: the tables of scenario.h. */
#include "base/base.h"
#include "scenario.h"

/* clang-format off */
static const struct scenario scenarios[] = {
	{"nobody without a phone, on break, logged out or in a call of his own is offered a call",
	 "Q ring-all a b c d e",
	 "0 nophone a\n"
	 "0 break b\n"
	 "0 out c\n"
	 "0 incall d\n"
	 "1 join Q1 -> offer 1e\n"
	 "2 phone a -> offer 1a\n"
	 "3 available b -> offer 1b\n"
	 "4 available c -> offer 1c\n"
	 "5 nocall d -> offer 1d"},
	{"who is in a call of his own is offered calls where the queue says so",
	 "Q ring-all a skip_agents_with_external_calls=0",
	 "0 incall a\n"
	 "1 join Q1 -> offer 1a\n"
	 "2 nocall a ->\n"
	 "3 incall a ->"},
	{"who takes another call while he rings has missed nothing",
	 "Q ring-all a max_no_answer=1",
	 "1 join Q1 -> offer 1a\n"
	 "2 incall a -> withdraw 1a\n"
	 "9 nocall a -> offer 1a"},
	{"going on break or out takes back an offer, not a call",
	 "Q ring-all a b",
	 "1 join Q1 -> offer 1a, offer 1b\n"
	 "2 break a -> withdraw 1a\n"
	 "3 answer 1b -> connect 1b\n"
	 "4 out b ->\n"
	 "5 join Q2 ->\n"
	 "6 ended 1 ->\n"
	 "60 tick ->\n"
	 "61 available b -> offer 2b"},
	{"a phone that unregisters while it rings may still answer",
	 "Q ring-all a",
	 "1 join Q1 -> offer 1a\n"
	 "2 nophone a ->\n"
	 "3 answer 1a -> connect 1a"},
	{"wrap-up lasts as long as the queue says",
	 "Q ring-all a wrap_up_time=7",
	 "1 join Q1 -> offer 1a\n"
	 "2 answer 1a -> connect 1a\n"
	 "3 join Q2 ->\n"
	 "5 ended 1 ->\n"
	 "5 states a=wrap_up\n"
	 "11.9 tick ->\n"
	 "12 tick -> offer 2a"},
	{"a wrap-up of 0 is none",
	 "Q ring-all a wrap_up_time=0",
	 "1 join Q1 -> offer 1a\n"
	 "2 answer 1a -> connect 1a\n"
	 "3 join Q2 ->\n"
	 "5 ended 1 -> offer 2a"},
	{"who says that he is ready ends his wrap-up",
	 "Q ring-all a",
	 "1 join Q1 -> offer 1a\n"
	 "2 answer 1a -> connect 1a\n"
	 "3 join Q2 ->\n"
	 "5 ended 1 ->\n"
	 "6 available a ->\n"
	 "7 ready a -> offer 2a"},
	{"a break that ends ends the wrap-up with it",
	 "Q ring-all a",
	 "1 join Q1 -> offer 1a\n"
	 "2 answer 1a -> connect 1a\n"
	 "3 join Q2 ->\n"
	 "5 ended 1 ->\n"
	 "6 break a ->\n"
	 "7 available a -> offer 2a"},
	{"after no answer, busy and decline an agent is left alone as long as the queue says",
	 "Q ring-all a b c no_answer_delay_time=4 busy_delay_time=6 reject_delay_time=2",
	 "1 join Q1 -> offer 1a, offer 1b, offer 1c\n"
	 "2 missed 1a ->\n"
	 "2 busy 1b ->\n"
	 "2 declined 1c ->\n"
	 "3.9 tick ->\n"
	 "4 tick -> offer 1c\n"
	 "6 tick -> offer 1a\n"
	 "8 tick -> offer 1b"},
	{"a phone that refuses at once is not asked in a loop, however short the delay",
	 "Q ring-all a no_answer_delay_time=0 busy_delay_time=0 reject_delay_time=0",
	 "1 join Q1 -> offer 1a\n"
	 "1 declined 1a ->\n"
	 "1.9 tick ->\n"
	 "2 tick -> offer 1a\n"
	 "2 busy 1a ->\n"
	 "3 tick -> offer 1a\n"
	 "3 missed 1a ->\n"
	 "4 tick -> offer 1a\n"
	 "4 unreachable 1a ->\n"
	 "8.9 tick ->\n"
	 "9 tick -> offer 1a"},
	{"who misses too many offers in a row is on break, until he is available again",
	 "Q ring-all a max_no_answer=2 no_answer_delay_time=1",
	 "1 join Q1 -> offer 1a\n"
	 "2 missed 1a ->\n"
	 "3 tick -> offer 1a\n"
	 "4 missed 1a -> break a\n"
	 "60 tick ->\n"
	 "61 available a -> offer 1a\n"
	 "62 missed 1a ->\n"
	 "63 tick -> offer 1a"},
	{"an answer ends the count of missed offers; busy, declined and unreachable are none",
	 "Q ring-all a max_no_answer=2 no_answer_delay_time=1 busy_delay_time=1 reject_delay_time=1 wrap_up_time=0",
	 "1 join Q1 -> offer 1a\n"
	 "2 missed 1a ->\n"
	 "3 tick -> offer 1a\n"
	 "4 busy 1a ->\n"
	 "5 tick -> offer 1a\n"
	 "6 declined 1a ->\n"
	 "7 tick -> offer 1a\n"
	 "8 unreachable 1a ->\n"
	 "13 tick -> offer 1a\n"
	 "14 answer 1a -> connect 1a\n"
	 "15 join Q2 ->\n"
	 "16 ended 1 -> offer 2a\n"
	 "17 missed 2a ->\n"
	 "18 tick -> offer 2a"},
	{"with max_no_answer=0 nobody is sent on break",
	 "Q ring-all a max_no_answer=0 no_answer_delay_time=1",
	 "1 join Q1 -> offer 1a\n"
	 "2 missed 1a ->\n"
	 "3 tick -> offer 1a\n"
	 "4 missed 1a ->\n"
	 "5 tick -> offer 1a\n"
	 "6 missed 1a ->\n"
	 "7 tick -> offer 1a"},
	{"a phone that was just told to stop is not rung again in the same moment",
	 "Q ring-all a b",
	 "1 join Q1 -> offer 1a, offer 1b\n"
	 "2 join Q2 ->\n"
	 "3 answer 1a -> connect 1a, elsewhere 1b\n"
	 "3.1 tick ->\n"
	 "3.2 tick -> offer 2b"},
	{"nobody is offered his own call",
	 "Q ring-all a b",
	 "1 join Q1 from a -> offer 1b\n"
	 "1 why 1 a=is_caller b=offered\n"
	 "2 join Q2 -> offer 2a"},
};
/* clang-format on */

int main(void)
{
	return scenarios_run("queue", scenarios, COUNT_OF(scenarios));
}
