import {texts} from '@/i18n/language';

export const text = texts({
	en: {
		title: 'Numbers', about: 'What people outside dial, and where it leads', add: 'New number', list: 'Numbers', search: 'Search by number',
		test: 'Test a number', testThis: (number: string) => `Test ${number}`, number: 'Number', leads: 'Leads to', made: 'Since', open: (number: string) => `Open number ${number}`,
		numberHelp: '2 to 20 digits, or + and up to 15 digits', kind: 'Leads to', extension: 'Extension', queue: 'Queue', media: 'Announcement',
		toExtension: (x: string) => `Extension ${x}`, toQueue: (x: string) => `Queue ${x}`, toMedia: (x: string) => `Announcement ${x}`,
		mediaHelp: 'Uploaded audio of the kind announcement', empty: 'No number yet', emptyHelp: 'Create one for each number that your line brings in, and say where it leads.',
		editing: (x: string) => `Number ${x}`, saved: 'Saved', remove: (x: string) => `Delete number ${x}?`, removeAction: 'Delete',
		goes: (x: string) => `calls to this number: they are refused, and do not reach ${x} any more`,
		dialled: 'Dialled', caller: 'Who dials', callerHelp: 'Leave it empty for a caller from outside', run: 'Test',
		steps: 'How it was decided', ring: (who: string, s: number) => `Rings ${who} for ${s} seconds`, waits: (queue: string) => `Waits in queue ${queue}`,
		plays: (sound: string) => `Hears the announcement ${sound}`, refused: (why: string) => `Is refused: ${why}`, feature: (what: string) => `Is a feature code: ${what}`,
		unknown_number: 'there is no such extension or number', own_number: 'an extension cannot call itself', unregistered: 'no phone of the extension is registered', bad_number: 'this cannot be dialled',
		login: 'the agent becomes available', logout: 'the agent is logged out', break: 'the agent goes on break', pickup: 'takes a call that rings elsewhere', park: 'parks the call', slot: 'takes a parked call, or parks one there',
	},
	de: {
		title: 'Rufnummern', about: 'Was von außen gewählt wird und wohin es führt', add: 'Neue Rufnummer', list: 'Rufnummern', search: 'Nach Nummer suchen',
		test: 'Nummer prüfen', testThis: (number: string) => `${number} prüfen`, number: 'Nummer', leads: 'Führt zu', made: 'Seit', open: (number: string) => `Rufnummer ${number} öffnen`,
		numberHelp: '2 bis 20 Ziffern, oder + und bis zu 15 Ziffern', kind: 'Führt zu', extension: 'Nebenstelle', queue: 'Warteschlange', media: 'Ansage',
		toExtension: (x: string) => `Nebenstelle ${x}`, toQueue: (x: string) => `Warteschlange ${x}`, toMedia: (x: string) => `Ansage ${x}`,
		mediaHelp: 'Hochgeladener Ton der Art Ansage', empty: 'Noch keine Rufnummer', emptyHelp: 'Legen Sie für jede Nummer, die Ihr Anschluss bringt, eine an und bestimmen Sie, wohin sie führt.',
		editing: (x: string) => `Rufnummer ${x}`, saved: 'Gespeichert', remove: (x: string) => `Rufnummer ${x} löschen?`, removeAction: 'Löschen',
		goes: (x: string) => `Anrufe auf dieser Nummer; sie werden abgewiesen und erreichen ${x} nicht mehr`,
		dialled: 'Gewählt', caller: 'Wer wählt', callerHelp: 'Für einen Anruf von außen leer lassen', run: 'Prüfen',
		steps: 'Wie es entschieden wurde', ring: (who: string, s: number) => `${who} klingelt ${s} Sekunden`, waits: (queue: string) => `Wartet in der Warteschlange ${queue}`,
		plays: (sound: string) => `Hört die Ansage ${sound}`, refused: (why: string) => `Wird abgewiesen: ${why}`, feature: (what: string) => `Ist ein Funktionscode: ${what}`,
		unknown_number: 'diese Nebenstelle oder Rufnummer gibt es nicht', own_number: 'eine Nebenstelle kann sich nicht selbst anrufen', unregistered: 'kein Telefon der Nebenstelle ist angemeldet', bad_number: 'das lässt sich nicht wählen',
		login: 'der Agent ist bereit', logout: 'der Agent ist abgemeldet', break: 'der Agent macht Pause', pickup: 'holt einen Anruf heran, der anderswo klingelt', park: 'parkt den Anruf', slot: 'holt einen geparkten Anruf oder parkt dort einen',
	},
});
