#include "serve/privileges.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

enum { FILES_WANTED = 262144 };

enum error_code privileges_find(const char *name, struct account *ret_account, struct error *err)
{
	const struct passwd *user = getpwnam(name);

	if (!user)
		return error_set(err, ERROR_NOT_FOUND, "user",
		                 "there is no system user '%.64s': run script/bootstrap as root, "
		                 "or name another with --user",
		                 name);
	if (user->pw_uid == 0)
		return error_set(err, ERROR_FORBIDDEN, "user",
		                 "must not be root: neither Centrex nor PostgreSQL runs as root");
	*ret_account = (struct account){.uid = user->pw_uid, .gid = user->pw_gid};
	return ERROR_OK;
}

void privileges_raise_files(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return;
	if (geteuid() == 0 && limit.rlim_max < FILES_WANTED) {
		struct rlimit more = {.rlim_cur = FILES_WANTED, .rlim_max = FILES_WANTED};

		if (setrlimit(RLIMIT_NOFILE, &more) == 0)
			return;
	}
	limit.rlim_cur = limit.rlim_max < FILES_WANTED ? limit.rlim_max : FILES_WANTED;
	if (setrlimit(RLIMIT_NOFILE, &limit))
		return; /* then with what there is */
}

enum error_code privileges_drop(const struct account *account, struct error *err)
{
	privileges_raise_files();
	if (setgroups(0, NULL) || setresgid(account->gid, account->gid, account->gid) ||
	    setresuid(account->uid, account->uid, account->uid))
		return error_errno(err, "become user id %ld", (long)account->uid);
	if (setuid(0) == 0 || seteuid(0) == 0)
		return error_set(err, ERROR_INTERNAL, NULL, "root could be regained");
	/* Needed to read our own /proc entries after the change of user. */
	if (prctl(PR_SET_DUMPABLE, 1, 0, 0, 0))
		return error_errno(err, "stay visible in /proc");
	return ERROR_OK;
}
