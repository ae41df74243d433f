/* Included before every file by the build: calls that have no safe use here do not compile. */
#ifndef CENTREX_BASE_BANNED_H
#define CENTREX_BASE_BANNED_H

#include <stdio.h>
#include <string.h>
#include <time.h>

#pragma GCC poison strcpy strcat strncpy strncat sprintf vsprintf strtok gets
#pragma GCC poison gmtime localtime ctime asctime

#endif
