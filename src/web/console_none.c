/* In the place of the files: built with -Dconsole=false, or where there is no node. */
#include "web/console.h"

const struct console console_built_in = {0};
