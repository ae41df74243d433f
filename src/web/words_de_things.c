/* German for what sentences speak of: resources by their names and plurals, and roles. */
#include "base/base.h"
#include "web/words_table.h"

/* clang-format off */
static const struct words things[] = {
	{"tenant", "der Mandant"}, {"tenants", "Mandanten"},
	{"user", "der Benutzer"}, {"users", "Benutzer"},
	{"member", "das Mitglied"}, {"members", "Mitglieder"}, {"user_tenants", "Mitglieder"},
	{"extension", "die Nebenstelle"}, {"extensions", "Nebenstellen"},
	{"queue", "die Warteschlange"}, {"queues", "Warteschlangen"},
	{"queue-settings", "das Verhalten der Warteschlange"}, {"queue_settings", "Verhalten von Warteschlangen"},
	{"queue-member", "das Mitglied der Warteschlange"}, {"queue_members", "Mitglieder von Warteschlangen"},
	{"queue-members", "Mitglieder von Warteschlangen"},
	{"queue-call", "der Anruf in der Warteschlange"}, {"queue-calls", "Anrufe in Warteschlangen"},
	{"agent", "der Agent"}, {"agents", "Agenten"},
	{"agent-state", "der Zustand des Agenten"}, {"agent-states", "Zustände von Agenten"},
	{"number", "die Rufnummer"}, {"numbers", "Rufnummern"},
	{"cdr", "das Gespräch"}, {"cdrs", "Gespräche"},
	{"media", "die Audiodatei"}, {"media_files", "Audiodateien"},
	{"setting", "die Einstellung"}, {"settings", "Einstellungen"},
	{"registration", "das angemeldete Telefon"}, {"registrations", "angemeldete Telefone"},
	{"call", "der Anruf"}, {"calls", "Anrufe"},
	{"audit", "der Eintrag im Protokoll"}, {"installation-audit", "der Eintrag im Protokoll der Installation"},
	{"token", "das Token"}, {"tokens", "Tokens"},
	{"node", "der Knoten"}, {"nodes", "Knoten"},
	{"isolation-report", "der Bericht über die Trennung"}, {"isolation-reports", "Berichte über die Trennung"},
	{"limits", "die Grenze des Mandanten"},
	{"an operator", "ein Administrator der Installation"}, {"an owner", "ein Inhaber"},
	{"this", "hier"},
	{"admin", "Administrator"}, {"owner", "Inhaber"}, {"operator", "Administrator der Installation"},
	{"wallboard", "Wallboard"},
};
/* clang-format on */

const struct words_table words_de_things = {things, COUNT_OF(things)};
