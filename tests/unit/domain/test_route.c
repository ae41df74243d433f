/* Every routing decision as one row: who dials what, how many phones are there, what comes out. */
#include "domain/route.h"
#include "unit.h"

static const struct extension extensions[] = {
	{.id = {{1}}, .auth_username = {{9}}, .number = "101"  },
	{.id = {{2}}, .auth_username = {{8}}, .number = "102"  },
	{.id = {{3}}, .auth_username = {{7}}, .number = "11"   },
	{.id = {{4}}, .auth_username = {{6}}, .number = "99999"},
};

static const struct extension *const by_auth_username[] = {
	&extensions[3],
	&extensions[2],
	&extensions[1],
	&extensions[0],
};

/* clang-format off */
static const struct queue_member members[] = {
	{&extensions[0], 1, 1},
	{&extensions[1], 1, 2},
};

static const struct queue queues[] = {
	{.id = {{7}}, .name = "empty"},
	{.id = {{3}}, .name = "sales", .n_members = 2, .members = members},
	{.id = {{4}}, .name = "sales"},
	{.id = {{5}}, .name = "support", .n_members = 1, .members = members},
};

static const struct sound sounds[] = {
	{.id = {{1}}, .category = "ivr", .name = "closed \"today\".wav"},
	{.id = {{2}}, .category = "moh", .name = "waltz.mp3"},
};
/* clang-format on */

static const struct number numbers[] = {
	{.number = "*98",        .extension = &extensions[3]},
	{.number = "+431234567", .extension = &extensions[1]},
	{.number = "700",        .extension = &extensions[1]},
	{.number = "701",        .extension = &extensions[0]},
	{.number = "800",        .queue = &queues[1]        },
	{.number = "801",        .queue = &queues[0]        },
	{.number = "802",        .queue = &queues[3]        },
	{.number = "900",        .sound = &sounds[0]        },
};

static const struct snapshot acme = {
	.domain = "acme.pbx.test",
	.n_extensions = COUNT_OF(extensions),
	.extensions = extensions,
	.by_auth_username = by_auth_username,
	.n_numbers = COUNT_OF(numbers),
	.numbers = numbers,
	.n_queues = COUNT_OF(queues),
	.queues = queues,
	.n_sounds = COUNT_OF(sounds),
	.sounds = sounds,
};

static const struct snapshot empty = {.domain = "empty.pbx.test"};

enum { NOT_KNOWN = -1 };

static unsigned phones(const struct extension *extension, void *arg)
{
	(void)extension;
	return *(const unsigned *)arg;
}

static const struct {
	const char *dialled;
	const struct extension *caller;
	int phones;
	enum route_cause cause;
	const char *target;
	const char *trace; /* a line that must be there */
} rows[] = {
  /* extension numbers */
	{"102",			       &extensions[0], 1,         ROUTE_NONE,           "102",   "102 is an extension of acme.pbx.test\n" },
	{"102",			       &extensions[0], 3,         ROUTE_NONE,           "102",   "extension 102 has 3 registered phones\n"},
	{"11",				&extensions[0], 1,         ROUTE_NONE,           "11",    "extension 11 has 1 registered phone\n"  },
	{"99999",			     &extensions[0], 1,         ROUTE_NONE,           "99999", "ring extension 99999 for 60 s\n"        },
	{"102",			       NULL,           1,         ROUTE_NONE,           "102",   "dialled \"102\" from outside\n"         },
	{"101",			       &extensions[2], NOT_KNOWN, ROUTE_NONE,           "101",   "not looked at\n"                        },
 /* numbers that lead to an extension */
	{"700",			       &extensions[0], 1,         ROUTE_NONE,           "102",
         "700 is a number that leads to extension 102\n"											 },
	{"+431234567",			&extensions[0], 1,         ROUTE_NONE,           "102",   "\"+431234567\" by extension 101\n"      },
	{"*98",			       &extensions[0], 1,         ROUTE_NONE,           "99999", "ring extension 99999 for 60 s\n"        },
 /* unknown */
	{"103",			       &extensions[0], 1,         ROUTE_UNKNOWN_NUMBER, NULL,
         "103 is no number of acme.pbx.test\n"												   },
	{"1",				 &extensions[0], 1,         ROUTE_UNKNOWN_NUMBER, NULL,    "1 is no extension of"                   },
	{"1011",			      &extensions[0], 1,         ROUTE_UNKNOWN_NUMBER, NULL,    "reject: unknown_number"                 },
	{"431234567",			 &extensions[0], 1,         ROUTE_UNKNOWN_NUMBER, NULL,    "reject: unknown_number"                 },
	{"0",				 &extensions[0], 1,         ROUTE_UNKNOWN_NUMBER, NULL,    "reject: unknown_number"                 },
	{"12345678901234567890123456789012",  NULL,           1,         ROUTE_UNKNOWN_NUMBER, NULL,    "reject"                                 },
 /* oneself, also by way of a number */
	{"101",			       &extensions[0], 1,         ROUTE_OWN_NUMBER,     NULL,    "extension 101 is the caller\n"          },
	{"701",			       &extensions[0], 1,         ROUTE_OWN_NUMBER,     NULL,    "701 is a number that leads to"          },
	{"101",			       &extensions[0], 0,         ROUTE_OWN_NUMBER,     NULL,    "reject: own_number"                     },
	{"701",			       &extensions[1], 1,         ROUTE_NONE,           "101",   "ring extension 101"                     },
 /* nobody there */
	{"102",			       &extensions[0], 0,         ROUTE_UNREGISTERED,   NULL,    "has 0 registered phones\n"              },
	{"700",			       &extensions[0], 0,         ROUTE_UNREGISTERED,   NULL,    "reject: unregistered"                   },
 /* what cannot be dialled */
	{"",				  &extensions[0], 1,         ROUTE_BAD_NUMBER,     NULL,    "nothing was dialled\n"                  },
	{NULL,				&extensions[0], 1,         ROUTE_BAD_NUMBER,     NULL,    "nothing was dialled\n"                  },
	{"+",				 &extensions[0], 1,         ROUTE_BAD_NUMBER,     NULL,    "reject: bad_number"                     },
	{"1+2",			       &extensions[0], 1,         ROUTE_BAD_NUMBER,     NULL,    "only digits"                            },
	{"alice",			     &extensions[0], 1,         ROUTE_BAD_NUMBER,     NULL,    "dialled \"alice\""                      },
	{"101 ",			      &extensions[1], 1,         ROUTE_BAD_NUMBER,     NULL,    "only digits"                            },
	{"101\n",			     &extensions[1], 1,         ROUTE_BAD_NUMBER,     NULL,    "dialled \"101\\u000a\""                 },
	{"\"101\"",			   &extensions[1], 1,         ROUTE_BAD_NUMBER,     NULL,    "dialled \"\\\"101\\\"\""                },
	{"10\xff",			    &extensions[1], 1,         ROUTE_BAD_NUMBER,     NULL,    "dialled \"10%FF\""                      },
	{"\xd9\xa1",			  &extensions[1], 1,         ROUTE_BAD_NUMBER,     NULL,    "only digits"                            },
	{"101;drop",			  &extensions[1], 1,         ROUTE_BAD_NUMBER,     NULL,    "only digits"                            },
	{"123456789012345678901234567890123", NULL,           1,         ROUTE_BAD_NUMBER,     NULL,
         "more than 32 characters"													       },
};

static void each_row(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		unsigned count = (unsigned)rows[i].phones;
		struct route_call call = {
			.caller = rows[i].caller,
			.dialled = rows[i].dialled,
			.ring_s = 60,
			.phones = rows[i].phones == NOT_KNOWN ? NULL : phones,
			.phones_arg = &count,
		};
		struct route_plan plan;

		route_call(&acme, &call, &plan);
		if (plan.cause != rows[i].cause)
			fail_msg("row %zu: %s", i, text_string(&plan.trace));
		assert_false(plan.trace.failed);
		assert_non_null(strstr(text_string(&plan.trace), rows[i].trace));
		if (rows[i].target) {
			assert_int_equal(plan.action, ROUTE_RING);
			assert_int_equal(plan.n_targets, 1);
			assert_string_equal(plan.targets[0]->number, rows[i].target);
			assert_int_equal(plan.ring_s, 60);
		} else {
			assert_int_equal(plan.action, ROUTE_REJECT);
			assert_int_equal(plan.n_targets, 0);
		}
		route_plan_clear(&plan);
	}
}

static const struct {
	const char *dialled;
	const struct extension *caller;
	const struct queue *queue;
	const struct sound *sound;
	const char *trace, *json;
} elsewhere[] = {
	{"800", &extensions[2], &queues[1], NULL,
         "800 is a number that leads to queue sales\nqueue sales has 2 members\n"
         "wait in queue sales\n",                                                       "{\"action\":\"queue\",\"cause\":\"none\",\"targets\":[],\"queue\":\"sales\","
         "\"sound\":null,\"feature\":null,\"ring_s\":0,\"trace\":[\"dialled"                                           },
	{"800", &extensions[0], &queues[1], NULL,       "by extension 101\n",           "{\"action\":\"queue\""                                         },
	{"801", NULL,           &queues[0], NULL,       "queue empty has 0 members\n",  "{\"action\":\"queue\""                                         },
	{"802", NULL,           &queues[3], NULL,       "queue support has 1 member\n", "\"queue\":\"support\""                                         },
	{"900", NULL,           NULL,       &sounds[0],
         "900 is a number that leads to announcement closed \"today\".wav\n"
         "play announcement closed \"today\".wav, then end the call\n",                 "{\"action\":\"play\",\"cause\":\"none\",\"targets\":[],\"queue\":null,"
         "\"sound\":\"closed "
         "\\\"today\\\".wav\",\"feature\":null,\"ring_s\":0,\"trace\":[\"dialled"},
};

/* Phones are not counted there: whether an agent answers, the queue finds out. */
static void numbers_lead_to_queues_and_announcements(void **state)
{
	AUTO(text_clear) struct text json = {0};
	unsigned none = 0;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(elsewhere); i++) {
		struct route_call call = {.caller = elsewhere[i].caller,
		                          .dialled = elsewhere[i].dialled,
		                          .ring_s = 60,
		                          .phones = phones,
		                          .phones_arg = &none};
		struct route_plan plan;

		route_call(&acme, &call, &plan);
		assert_int_equal(plan.action, elsewhere[i].queue ? ROUTE_QUEUE : ROUTE_PLAY);
		assert_int_equal(plan.cause, ROUTE_NONE);
		assert_int_equal(plan.n_targets, 0);
		assert_ptr_equal(plan.queue, elsewhere[i].queue);
		assert_ptr_equal(plan.sound, elsewhere[i].sound);
		assert_non_null(strstr(text_string(&plan.trace), elsewhere[i].trace));
		text_clear(&json);
		route_plan_json(&plan, &json);
		assert_non_null(strstr(text_string(&json), elsewhere[i].json));
		route_plan_clear(&plan);
	}
}

/* clang-format off */
static const struct {
	const char *dialled;
	enum route_feature feature; /* NO_FEATURE: the call is rejected */
	const char *detail;         /* reason, slot or extension */
} feature_rows[] = {
	{"*45",      ROUTE_LOGIN,      ""         },
	{"*46",      ROUTE_LOGOUT,     ""         },
	{"*47",      ROUTE_BREAK,      ""         },
	{"*471",     ROUTE_BREAK,      "lunch"    },
	{"*472",     ROUTE_BREAK,      "a meeting"},
	{"*473",     ROUTE_NO_FEATURE, NULL       }, /* empty in the list */
	{"*474",     ROUTE_BREAK,      "training" },
	{"*475",     ROUTE_NO_FEATURE, NULL       },
	{"*470",     ROUTE_NO_FEATURE, NULL       },
	{"*4711",    ROUTE_NO_FEATURE, NULL       },
	{"*451",     ROUTE_NO_FEATURE, NULL       },
	{"**102",    ROUTE_PICKUP,     "102"      },
	{"**103",    ROUTE_NO_FEATURE, NULL       },
	{"**",       ROUTE_NO_FEATURE, NULL       },
	{"**700",    ROUTE_NO_FEATURE, NULL       }, /* a number, no extension */
	{"*9800",    ROUTE_PARK,       ""         },
	{"*9801",    ROUTE_SLOT,       "*9801"    },
	{"*9809",    ROUTE_SLOT,       "*9809"    },
	{"*980",     ROUTE_NO_FEATURE, NULL       },
	{"*98011",   ROUTE_NO_FEATURE, NULL       },
};
/* clang-format on */

static void feature_codes_are_for_who_can_do_them(void **state)
{
	struct snapshot own = acme;

	(void)state;
	own.park_prefix = "*980";
	own.break_reasons = "lunch , a meeting,, training";
	for (size_t i = 0; i < COUNT_OF(feature_rows); i++) {
		struct route_call call = {.dialled = feature_rows[i].dialled,
		                          .caller = &extensions[0]};
		struct route_plan plan;

		route_call(&own, &call, &plan); /* a switch knows none */
		assert_int_equal(plan.action, ROUTE_REJECT);
		route_plan_clear(&plan);

		call.features = true;
		route_call(&own, &call, &plan);
		if (plan.feature != feature_rows[i].feature)
			fail_msg("row %zu: %s", i, text_string(&plan.trace));
		assert_int_equal(plan.action, plan.feature ? ROUTE_FEATURE : ROUTE_REJECT);
		if (plan.feature)
			assert_string_equal(plan.n_targets ? plan.targets[0]->number
			                    : plan.slot[0] ? plan.slot
			                                   : plan.reason,
			                    feature_rows[i].detail);
		route_plan_clear(&plan);
	}
}

static void extensions_and_numbers_win_over_slots(void **state)
{
	struct snapshot own = acme;
	struct route_call call = {.dialled = "701", .features = true};
	struct route_plan plan;

	(void)state;
	own.park_prefix = "70";
	route_call(&own, &call, &plan);
	assert_int_equal(plan.action, ROUTE_RING);
	route_plan_clear(&plan);
	call.dialled = "702";
	route_call(&own, &call, &plan);
	assert_int_equal(plan.feature, ROUTE_SLOT);
	route_plan_clear(&plan);
}

static void a_queue_can_be_called_by_its_name(void **state)
{
	struct route_call call = {.dialled = "support", .features = true};
	struct route_plan plan;

	(void)state;
	route_call(&acme, &call, &plan);
	assert_int_equal(plan.action, ROUTE_QUEUE);
	assert_ptr_equal(plan.queue, &queues[3]);
	route_plan_clear(&plan);
	call.dialled = "Support";
	route_call(&acme, &call, &plan);
	assert_int_equal(plan.cause, ROUTE_BAD_NUMBER);
	route_plan_clear(&plan);
}

static void an_empty_tenant_knows_no_number(void **state)
{
	struct route_call call = {.dialled = "101", .ring_s = 60};
	struct route_plan plan;

	(void)state;
	route_call(&empty, &call, &plan);
	assert_int_equal(plan.cause, ROUTE_UNKNOWN_NUMBER);
	assert_null(snapshot_by_auth_username(&empty, &extensions[0].auth_username));
	route_plan_clear(&plan);
}

static void the_tenant_sets_its_ring_time(void **state)
{
	struct snapshot own = acme;
	struct route_call call = {.dialled = "101", .ring_s = 60};
	struct route_plan plan;

	(void)state;
	own.ring_s = 15;
	route_call(&own, &call, &plan);
	assert_int_equal(plan.ring_s, 15);
	route_plan_clear(&plan);
}

static void a_megabyte_is_refused_and_cut_in_the_trace(void **state)
{
	char *dialled = malloc(1 << 20);
	struct route_call call = {.dialled = dialled, .ring_s = 60};
	struct route_plan plan;

	(void)state;
	assert_non_null(dialled);
	memset(dialled, '1', (1 << 20) - 1);
	dialled[(1 << 20) - 1] = '\0';
	route_call(&acme, &call, &plan);
	assert_int_equal(plan.cause, ROUTE_BAD_NUMBER);
	assert_true(plan.trace.length < 512);
	route_plan_clear(&plan);
	free(dialled);
}

static void look_ups_find_each_row(void **state)
{
	const struct uuid nobody = {{42}};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(extensions); i++) {
		assert_ptr_equal(snapshot_extension(&acme, extensions[i].number), &extensions[i]);
		assert_ptr_equal(snapshot_by_auth_username(&acme, &extensions[i].auth_username),
		                 &extensions[i]);
	}
	for (size_t i = 0; i < COUNT_OF(numbers); i++)
		assert_ptr_equal(snapshot_number(&acme, numbers[i].number), &numbers[i]);
	assert_null(snapshot_by_auth_username(&acme, &nobody));
	assert_null(snapshot_extension(&acme, ""));
	assert_null(snapshot_number(&acme, "10"));
	assert_ptr_equal(snapshot_queue(&acme, "empty"), &queues[0]);
	assert_ptr_equal(snapshot_queue(&acme, "sales"), &queues[1]);
	assert_ptr_equal(snapshot_queue(&acme, "support"), &queues[3]);
	assert_null(snapshot_queue(&acme, "Sales"));
	assert_null(snapshot_queue(&empty, "sales"));
	for (size_t i = 0; i < COUNT_OF(sounds); i++)
		assert_ptr_equal(snapshot_sound(&acme, &sounds[i].id), &sounds[i]);
	assert_null(snapshot_sound(&acme, &nobody));
	assert_null(snapshot_sound(&empty, &nobody));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_row),
		cmocka_unit_test(numbers_lead_to_queues_and_announcements),
		cmocka_unit_test(feature_codes_are_for_who_can_do_them),
		cmocka_unit_test(extensions_and_numbers_win_over_slots),
		cmocka_unit_test(a_queue_can_be_called_by_its_name),
		cmocka_unit_test(an_empty_tenant_knows_no_number),
		cmocka_unit_test(the_tenant_sets_its_ring_time),
		cmocka_unit_test(a_megabyte_is_refused_and_cut_in_the_trace),
		cmocka_unit_test(look_ups_find_each_row),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
