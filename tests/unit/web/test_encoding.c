#include "base/base.h"
#include "unit.h"
#include "web/encoding.h"

enum {
	BR = 1u << ENCODING_BROTLI,
	GZ = 1u << ENCODING_GZIP,
	ID = 1u << ENCODING_IDENTITY,
	ALL = BR | GZ | ID
};

static void the_smallest_that_is_wanted_most_is_chosen(void **state)
{
	static const struct {
		const char *header;
		unsigned offered;
		enum encoding chosen;
	} rows[] = {
		{NULL,			ALL,     ENCODING_IDENTITY},
		{"",			  ALL,     ENCODING_IDENTITY},
		{"br",			ALL,     ENCODING_BROTLI  },
		{"br",			GZ | ID, ENCODING_IDENTITY},
		{"gzip, deflate, br",         ALL,     ENCODING_BROTLI  },
		{"gzip;q=1.0, br;q=0.999",    ALL,     ENCODING_GZIP    },
		{"gzip;q=0.1,br;q=0.01",      ALL,     ENCODING_GZIP    },
		{"gzip;q=0.1, identity;q=0",  ALL,     ENCODING_GZIP    },
		{"br;q=0",                    ALL,     ENCODING_IDENTITY},
		{"*",			 ALL,     ENCODING_BROTLI  },
		{"*;q=0",                     ALL,     ENCODING_COUNT   },
		{"*;q=0, gzip",               ALL,     ENCODING_GZIP    },
		{"*;q=0, gzip",               ID,      ENCODING_COUNT   },
		{"identity;q=0",              ID,      ENCODING_COUNT   },
		{"identity;q=0, *",           ALL,     ENCODING_BROTLI  },
		{"GZIP ; q=0.5, X-GZIP",      ALL,     ENCODING_GZIP    },
		{"gzip;level=9;q=0",          ALL,     ENCODING_IDENTITY},
		{"gzip;level=9;q=0.000",      ALL,     ENCODING_IDENTITY},
		{"gzip;level=9;Q=0.0001, br", BR | GZ, ENCODING_BROTLI  },
		{"gzip;q=2",                  ALL,     ENCODING_GZIP    },
		{"gzip;q=",                   ALL,     ENCODING_GZIP    },
		{"gzip;q",                    ALL,     ENCODING_GZIP    },
		{"gzip;q=0.",                 ALL,     ENCODING_IDENTITY},
		{"gzip;",                     ALL,     ENCODING_GZIP    },
		{",,;q=0,;,  ,gzip",          ALL,     ENCODING_GZIP    },
		{"gzipp, brr, *x",            ALL,     ENCODING_IDENTITY},
		{"br",			0,       ENCODING_COUNT   },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		print_message("%s\n", rows[i].header ? rows[i].header : "none");
		assert_int_equal(encoding_choose(rows[i].header, rows[i].offered), rows[i].chosen);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_smallest_that_is_wanted_most_is_chosen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
