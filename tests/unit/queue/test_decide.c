/* Who is offered whom: the tables of scenario.h. */
#include "base/base.h"
#include "scenario.h"

/* clang-format off */
static const struct scenario scenarios[] = {
	{"round-robin rings one after another, from behind the one who was rung last",
	 "Q round-robin a b c wrap_up_time=0",
	 "1 join Q1 -> offer 1a\n"
	 "2 missed 1a -> offer 1b\n"
	 "3 declined 1b -> offer 1c\n"
	 "4 answer 1c -> connect 1c\n"
	 "20 ended 1 ->\n"
	 "30 join Q2 -> offer 2a\n"
	 "31 answer 2a -> connect 2a\n"
	 "32 ended 2 ->\n"
	 "33 join Q3 -> offer 3b"},
	{"round-robin goes by position",
	 "Q round-robin a.1.3 b.1.1 c.1.2",
	 "1 join Q1 -> offer 1b\n"
	 "2 join Q2 -> offer 2c\n"
	 "3 join Q3 -> offer 3a"},
	{"round-robin tries a further tier only when nobody of those before is ready",
	 "Q round-robin a.1 b.2 c.2 wrap_up_time=0",
	 "1 join Q1 -> offer 1a\n"
	 "2 join Q2 -> offer 2b\n"
	 "3 join Q3 -> offer 3c\n"
	 "4 answer 1a -> connect 1a\n"
	 "5 answer 2b -> connect 2b\n"
	 "6 answer 3c -> connect 3c\n"
	 "7 ended 1 ->\n"
	 "7 ended 2 ->\n"
	 "7 ended 3 ->\n"
	 "8 join Q4 -> offer 4a\n"
	 "9 join Q5 -> offer 5b"},
	{"callers are served as they came",
	 "Q round-robin a wrap_up_time=0",
	 "1 join Q1 -> offer 1a\n"
	 "2 join Q2 ->\n"
	 "3 join Q3 ->\n"
	 "4 answer 1a -> connect 1a\n"
	 "5 ended 1 -> offer 2a\n"
	 "6 missed 2a ->\n"
	 "11 tick -> offer 2a\n"
	 "12 left 2 -> withdraw 2a\n"
	 "13 tick -> offer 3a"},
	{"an agent who becomes free rings with the others for who came first",
	 "Q ring-all a b",
	 "0 break b\n"
	 "1 join Q1 -> offer 1a\n"
	 "2 join Q2 ->\n"
	 "3 available b -> offer 1b\n"
	 "4 answer 1b -> connect 1b, elsewhere 1a\n"
	 "5 tick -> offer 2a"},
	{"an agent of several queues has one offer, of the caller who came first of them all",
	 "Q ring-all a; R ring-all a b wrap_up_time=0; S round-robin a",
	 "0 break a\n"
	 "1 join S1 ->\n"
	 "2 join R2 -> offer 2b\n"
	 "3 join Q3 ->\n"
	 "4 available a -> offer 1a\n"
	 "5 answer 1a -> connect 1a\n"
	 "6 ended 1 ->\n"
	 "16 tick -> offer 2a\n"
	 "17 answer 2b -> connect 2b, elsewhere 2a\n"
	 "18 tick -> offer 3a"},
	{"in one queue who came first has the agent, whatever tiers are tried for each",
	 "Q round-robin a.1 b.2 tier_rules_apply=1 tier_rule_wait_second=10",
	 "0 incall a\n"
	 "0 incall b\n"
	 "1 join Q1 ->\n"
	 "8 join Q2 ->\n"
	 "12 nocall a -> offer 1a\n"
	 "13 nocall b ->\n"
	 "18 tick -> offer 2b"},
	{"queues that share nobody do not wait for each other",
	 "Q round-robin a; R round-robin b",
	 "0 break a\n"
	 "1 join Q1 ->\n"
	 "2 join R2 -> offer 2b\n"
	 "3 available a -> offer 1a"},
	{"his own call does not keep an agent from others",
	 "Q round-robin a",
	 "1 join Q1 from a ->\n"
	 "2 join Q2 from a ->\n"
	 "3 join Q3 -> offer 3a\n"
	 "4 left 3 -> withdraw 3a\n"
	 "5 join Q4 -> offer 4a"},
};
/* clang-format on */

int main(void)
{
	return scenarios_run("queue", scenarios, COUNT_OF(scenarios));
}
