/* People who are invited: who could not be made a member is taken back, unless he is another's. */
#include "domain/invitation.h"
#include "store_fixture.h"

static struct invited invite(const char *email)
{
	struct invited invited;
	struct error err = {0};

	must(invitation_find_user(fixture->db, email, &ann, &invited, &err), &err);
	assert_true(invited.created);
	return invited;
}

static void who_could_not_be_made_a_member_is_taken_back(void **state)
{
	const struct invited ben = invite("ben@acme.example");
	struct error err = {0};

	(void)state;
	must(invitation_undo(fixture->db, &ben, &ann, &err), &err);
	assert_public("select count(*) from users where email = 'ben@acme.example'", "0");
	assert_public("select string_agg(action, ' ' order by at) from audit_log"
	              " where resource = 'user' and actor_name = 'ann@acme.example'",
	              "create delete");
}

static void who_became_a_member_elsewhere_meanwhile_stays(void **state)
{
	const struct invited eve = invite("eve@acme.example");
	struct error err = {0};
	char sql[256], id[UUID_TEXT_MAX], other[UUID_TEXT_MAX];

	(void)state;
	snprintf(sql, sizeof(sql),
	         "insert into user_tenants (user_id, tenant_id, role) values ('%s', '%s', 'agent')"
	         " returning role",
	         uuid_format(&eve.user, id), uuid_format(&tenant, other));
	assert_public(sql, "agent");
	must(invitation_undo(fixture->db, &eve, &ann, &err), &err);
	snprintf(sql, sizeof(sql), "select count(*) from user_tenants where user_id = '%s'", id);
	assert_public(sql, "1");
	assert_public("select count(*) from users where email = 'eve@acme.example'", "1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(who_could_not_be_made_a_member_is_taken_back, store_tenant),
		cmocka_unit_test_setup(who_became_a_member_elsewhere_meanwhile_stays, store_tenant),
	};

	return cmocka_run_group_tests(tests, store_setup, fixture_teardown);
}
