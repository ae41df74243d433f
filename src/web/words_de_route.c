/* German for the steps from a dialled number to where it leads (domain/route.c). */
#include "base/base.h"
#include "web/words_table.h"

/* clang-format off */
static const struct words steps[] = {
	{"dialled %s by extension %s", "gewählt: %1, von Nebenstelle %2"},
	{"dialled %s from outside", "gewählt: %1, von außen"},
	{"nothing was dialled", "nichts wurde gewählt"},
	{"more than 32 characters were dialled", "mehr als 32 Zeichen wurden gewählt"},
	{"only digits, * and # can be dialled, after an optional +", "wählen lassen sich nur Ziffern, * und #, davor ein +"},
	{"%s is an extension of %s", "%1 ist eine Nebenstelle von %2"},
	{"%s is no extension of %s", "%1 ist keine Nebenstelle von %2"},
	{"%s is no number of %s", "%1 ist keine Rufnummer von %2"},
	{"%s is a number that leads to extension %s", "%1 ist eine Rufnummer, die zur Nebenstelle %2 führt"},
	{"%s is a number that leads to queue %s", "%1 ist eine Rufnummer, die zur Warteschlange %2 führt"},
	{"%s is a number that leads to announcement %s", "%1 ist eine Rufnummer, die zur Ansage %2 führt"},
	{"phones of extension %s: not looked at", "Telefone der Nebenstelle %1: nicht geprüft"},
	{"extension %s has %d registered phone", "Nebenstelle %1 hat %2 angemeldetes Telefon"},
	{"extension %s has %d registered phones", "Nebenstelle %1 hat %2 angemeldete Telefone"},
	{"extension %s is the caller", "Nebenstelle %1 ruft selbst an"},
	{"ring extension %s for %d s", "Nebenstelle %1 klingelt %2 s lang"},
	{"queue %s has %d member", "Warteschlange %1 hat %2 Mitglied"},
	{"queue %s has %d members", "Warteschlange %1 hat %2 Mitglieder"},
	{"wait in queue %s", "warten in der Warteschlange %1"},
	{"play announcement %s, then end the call", "die Ansage %1 abspielen, dann auflegen"},
	{"reject: %s (%s)", "abweisen: %1 (&2)"},
	{"the call is not rejected", "der Anruf wird nicht abgewiesen"},
	{"no extension or number of this tenant is called so", "keine Nebenstelle oder Rufnummer dieses Mandanten heißt so"},
	{"an extension cannot call itself", "eine Nebenstelle kann sich nicht selbst anrufen"},
	{"no phone of the extension is registered", "kein Telefon der Nebenstelle ist angemeldet"},
	{"this cannot be dialled", "das lässt sich nicht wählen"},
	{"%s is a feature code: %s (%s)", "%1 ist ein Funktionscode: %2 (&3)"},
	{"%s: %s", "&1: %2"},
	{"no feature code", "kein Funktionscode"},
	{"the caller's agent becomes available", "der Agent des Anrufers wird bereit"},
	{"the caller's agent is logged out", "der Agent des Anrufers wird abgemeldet"},
	{"the caller's agent goes on break", "der Agent des Anrufers macht Pause"},
	{"takes a call that rings at an extension", "holt einen Anruf heran, der bei einer Nebenstelle klingelt"},
	{"parks the call in the first free slot", "parkt den Anruf auf dem ersten freien Platz"},
	{"takes the call parked in a slot, or parks one there", "holt den Anruf, der auf einem Platz geparkt ist, oder parkt dort einen"},
	{"is required: what is dialled", "fehlt: was gewählt wird"},
};
/* clang-format on */

const struct words_table words_de_route = {steps, COUNT_OF(steps)};
