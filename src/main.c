/* centrex: one executable, a table of subcommands. */
#include <stdio.h>

int main(void)
{
	return 0;
}
