/* How long one waits, and for which tiers: the tables of scenario.h. */
#include "base/base.h"
#include "scenario.h"

/* clang-format off */
static const struct scenario scenarios[] = {
	{"who has waited as long as is allowed is led elsewhere",
	 "Q ring-all a max_wait_time=30",
	 "0 out a\n"
	 "1 join Q1 ->\n"
	 "30.9 tick ->\n"
	 "31 tick -> overflow 1 max_wait\n"
	 "31 told joined, considered, max_wait"},
	{"an offer that rings when the wait is over is taken back",
	 "Q ring-all a b max_wait_time=10",
	 "1 join Q1 -> offer 1a, offer 1b\n"
	 "11 tick -> withdraw 1a, withdraw 1b, overflow 1 max_wait\n"
	 "11 answer 1a -> refuse 1a"},
	{"the wait of who is connected is over",
	 "Q ring-all a max_wait_time=10",
	 "1 join Q1 -> offer 1a\n"
	 "2 answer 1a -> connect 1a\n"
	 "60 tick ->"},
	{"when nobody has been there for as long as is allowed those who wait are led elsewhere",
	 "Q ring-all a b max_wait_time_with_no_agent=20",
	 "0 break b\n"
	 "1 join Q1 -> offer 1a\n"
	 "5 out a -> withdraw 1a\n"
	 "6 join Q2 ->\n"
	 "24.9 tick ->\n"
	 "25 tick -> overflow 1 no_agents, overflow 2 no_agents"},
	{"who joins when nobody has been there for long waits for the time of its own",
	 "Q ring-all a max_wait_time_with_no_agent=20 max_wait_time_with_no_agent_time_reached=5",
	 "0 out a\n"
	 "60 join Q1 ->\n"
	 "64.9 tick ->\n"
	 "65 tick -> overflow 1 no_agents"},
	{"with a time of its own of 0 he is led elsewhere at once",
	 "Q ring-all a max_wait_time_with_no_agent=20 max_wait_time_with_no_agent_time_reached=0",
	 "0 out a\n"
	 "60 join Q1 -> overflow 1 no_agents"},
	{"an agent who comes ends the wait for nobody, and one who talks is there",
	 "Q ring-all a max_wait_time_with_no_agent=20",
	 "0 out a\n"
	 "5 join Q1 ->\n"
	 "15 available a -> offer 1a\n"
	 "16 answer 1a -> connect 1a\n"
	 "17 join Q2 ->\n"
	 "99 tick ->\n"
	 "100 nophone a ->\n"
	 "120 tick -> overflow 2 no_agents"},
	{"a queue without members has nobody",
	 "Q ring-all max_wait_time_with_no_agent=3",
	 "0 join Q1 ->\n"
	 "5 tick -> overflow 1 no_agents"},
	{"without tier rules all tiers ring at once",
	 "Q ring-all a.1 b.2 c.9",
	 "1 join Q1 -> offer 1a, offer 1b, offer 1c"},
	{"a further tier joins those before it after its wait, counted from the first tier",
	 "Q ring-all a.1 b.2 c.4 tier_rules_apply=1 tier_rule_wait_second=10 tier_rule_wait_multiply_level=1 agent_ring_time=60",
	 "1 join Q1 -> offer 1a\n"
	 "10.9 tick ->\n"
	 "11 tick -> offer 1b\n"
	 "30.9 tick ->\n"
	 "31 tick -> offer 1c\n"
	 "31 told joined, considered, tier_opened, considered, tier_opened, considered"},
	{"without multiplying every further tier opens after the same wait",
	 "Q ring-all a.1 b.2 c.4 tier_rules_apply=1 tier_rule_wait_second=10",
	 "1 join Q1 -> offer 1a\n"
	 "11 tick -> offer 1b, offer 1c"},
	{"a tier that replaces is tried instead: who rings rings on, who becomes free is passed over",
	 "Q ring-all a.1 b.1 c.2 tier_rules_apply=1 tier_rule_wait_second=10 tier_join=replace",
	 "0 incall b\n"
	 "1 join Q1 -> offer 1a\n"
	 "11 tick -> offer 1c\n"
	 "12 nocall b ->\n"
	 "13 answer 1a -> connect 1a, elsewhere 1c\n"
	 "14 join Q2 -> offer 2b"},
	{"there is no wait for a tier in which nobody is",
	 "Q ring-all a.1 b.2 c.3 tier_rules_apply=1 tier_rule_wait_second=10 tier_rule_wait_multiply_level=1",
	 "0 break a\n"
	 "1 join Q1 -> offer 1b\n"
	 "2 out b -> withdraw 1b, offer 1c"},
	{"but there is where the queue says so",
	 "Q ring-all a.1 b.2 tier_rules_apply=1 tier_rule_wait_second=10 tier_rule_no_agent_no_wait=0",
	 "0 break a\n"
	 "1 join Q1 ->\n"
	 "11 tick -> offer 1b"},
	{"a tier somebody talks in is waited for",
	 "Q ring-all a.1 b.2 tier_rules_apply=1 tier_rule_wait_second=10",
	 "1 join Q1 -> offer 1a\n"
	 "2 answer 1a -> connect 1a\n"
	 "3 join Q2 ->\n"
	 "3 why 2 a=talking b=tier_waits\n"
	 "13 tick -> offer 2b\n"
	 "13 told joined, considered, answered, joined, considered, tier_opened, considered"},
	{"an agent of a further tier has nobody until that opens for him, even when free",
	 "Q round-robin a.1 b.2 tier_rules_apply=1 tier_rule_wait_second=10",
	 "1 join Q1 -> offer 1a\n"
	 "2 join Q2 ->\n"
	 "11 tick ->\n"
	 "12 tick -> offer 2b"},
};
/* clang-format on */

int main(void)
{
	return scenarios_run("queue", scenarios, COUNT_OF(scenarios));
}
