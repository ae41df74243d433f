/*
 * What a switch would take for code in the names people give. FreeSWITCH runs ${api(...)} wherever
 * it expands variables; {}, [] and commas begin variables and further legs, ^^ names another
 * separator; what looks like %41 is not encoded when it asks for a queue
 * (switch_utils.h, switch_url_encode), and names another. There is no escape for ${, so names with
 * such characters are refused where people type them, and again where they are written for the
 * switch (freeswitch/inert.h).
 */
#ifndef CENTREX_DOMAIN_REFUSED_H
#define CENTREX_DOMAIN_REFUSED_H

#define REFUSED_CHARACTERS "${}[],;|^'\"\\`@<>%"
/* For people. */
#define REFUSED_TEXT "$ { } [ ] , ; | ^ ' \" \\ ` @ < > %"

enum { REFUSED_NAME_MAX = 255 }; /* bytes of a name */

#endif
