/* Why one has or has not the call: the tables of scenario.h. */
#include "base/base.h"
#include "scenario.h"

/* clang-format off */
static const struct scenario scenarios[] = {
	{"of everybody it is said why he has or has not the call",
	 "Q ring-all a b c d e f g h i j.2 k wrap_up_time=90 tier_rules_apply=1 tier_rule_wait_second=60; R round-robin f",
	 "0 nophone b\n"
	 "0 break c\n"
	 "0 out d\n"
	 "0 incall e\n"
	 "0 incall g\n"
	 "0 incall h\n"
	 "0 incall i\n"
	 "0 incall k\n"
	 "1 join R1 -> offer 1f\n"
	 "2 nocall g ->\n"
	 "2 join Q2 from k -> offer 2a, offer 2g\n"
	 "2 why 2 a=offered b=unregistered c=on_break d=logged_out e=in_call f=older_caller g=offered j=tier_waits k=is_caller\n"
	 "3 answer 2g -> connect 2g, elsewhere 2a\n"
	 "4 nocall h -> \n"
	 "4 join Q3 -> offer 3a, offer 3h\n"
	 "5 answer 3h -> connect 3h, elsewhere 3a\n"
	 "6 ended 3\n"
	 "6 nocall i\n"
	 "7 join Q4 -> offer 4a, offer 4i\n"
	 "8 missed 4i\n"
	 "8 why 4 a=already_offered f=older_caller g=talking h=wrap_up i=delayed\n"
	 "9 join Q5 ->\n"
	 "9 why 5 a=older_caller"},
	{"in round-robin it is the turn of one",
	 "Q round-robin a b",
	 "1 join Q1 -> offer 1a\n"
	 "1 why 1 a=offered b=others_turn"},
	{"who rings for a caller who came later is ringing",
	 "Q ring-all a b; R ring-all a skip_agents_with_external_calls=0",
	 "0 incall a\n"
	 "1 join Q1 -> offer 1b\n"
	 "2 join R2 -> offer 2a\n"
	 "3 nocall a ->\n"
	 "4 missed 1b ->\n"
	 "4 why 1 a=ringing b=delayed"},
	{"a tier that was replaced is passed",
	 "Q ring-all a.1 b.2 tier_rules_apply=1 tier_rule_wait_second=5 tier_join=replace",
	 "0 incall a\n"
	 "1 join Q1 ->\n"
	 "6 tick -> offer 1b\n"
	 "6 why 1 a=tier_passed b=offered"},
	{"the same is not told twice",
	 "Q ring-all a b max_no_answer=0 no_answer_delay_time=1",
	 "0 out b\n"
	 "1 join Q1 -> offer 1a\n"
	 "1 told joined, considered\n"
	 "2 missed 1a ->\n"
	 "2 told no_answer, considered\n"
	 "3 tick -> offer 1a\n"
	 "3 told considered\n"
	 "4 available b -> offer 1b\n"
	 "4 told considered\n"
	 "4 phone b ->\n"
	 "4 told \n"
	 "5 queues Q ring-all a b max_no_answer=0 ->\n"
	 "5 told considered\n"
	 "6 queues Q ring-all a b max_no_answer=0 ->\n"
	 "6 told "},
};
/* clang-format on */

int main(void)
{
	return scenarios_run("queue", scenarios, COUNT_OF(scenarios));
}
