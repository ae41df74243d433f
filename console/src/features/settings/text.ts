import {texts} from '@/i18n/language';

export const text = texts({
	en: {
		title: 'Settings', saved: 'Saved', general: 'Tenant', calls: 'Calls', recording: 'Recording', breaks: 'Breaks', storage: 'Storage',
		name: 'Name', domain: 'Domain', domainHelp: 'What phones register with. Only the operator changes it.', timezone: 'Time zone', timezoneHelp: 'Of dates, and of days in statistics', locale: 'Language of dates and numbers',
		example: (at: string) => `A date looks like this: ${at}`,
		ring_s: 'How long phones ring', ringHelp: '1 to 600 seconds', usual: 'as the installation has it',
		hold_music: 'Music on hold', holdHelp: 'What callers hear while held or parked', holdDefault: 'The built-in music', holdSilence: 'Silence',
		park_prefix: 'Parking numbers begin with', parkHelp: (from: string, to: string, free: string) => `Slots are ${from} to ${to}; ${free} takes the first that is free`, park_s: 'A parked call rings back after',
		record: 'Which calls are recorded', recordHelp: 'A queue may say otherwise', none: 'None', queue: 'Calls of queues', all: 'All calls',
		recording_format: 'Files', wav: 'WAV', opus: 'Opus (smaller)', recording_channels: 'Sides', mixed: 'Both in one channel', stereo: 'Each in its own channel',
		announced: 'Both sides hear that they are recorded', announcedHelp: 'Required by law in many countries',
		recording_days: 'Days a recording is kept', daysHelp: '0: for ever. What is older is deleted.',
		break_reasons: 'Reasons for a break', breaksHelp: 'At most 9. An agent chooses one in the browser, or dials *471 to *479 in this order.',
		audio: 'Audio files', used: (used: string, all: string) => `${used} of ${all} used`, quotaHelp: 'The operator sets how much it may be.',
	},
	de: {
		title: 'Einstellungen', saved: 'Gespeichert', general: 'Mandant', calls: 'Anrufe', recording: 'Aufzeichnung', breaks: 'Pausen', storage: 'Speicher',
		name: 'Name', domain: 'Domain', domainHelp: 'Damit melden sich Telefone an. Nur der Betreiber ändert sie.', timezone: 'Zeitzone', timezoneHelp: 'Der Datumsangaben und der Tage in Statistiken', locale: 'Sprache von Datum und Zahlen',
		example: (at: string) => `So sieht ein Datum aus: ${at}`,
		ring_s: 'Wie lange Telefone klingeln', ringHelp: '1 bis 600 Sekunden', usual: 'wie in der Installation festgelegt',
		hold_music: 'Wartemusik', holdHelp: 'Das hört, wer gehalten oder geparkt wird', holdDefault: 'Die eingebaute Musik', holdSilence: 'Stille',
		park_prefix: 'Parknummern beginnen mit', parkHelp: (from: string, to: string, free: string) => `Parknummern sind ${from} bis ${to}; ${free} nimmt die erste freie`, park_s: 'Ein geparkter Anruf klingelt zurück nach',
		record: 'Welche Anrufe aufgezeichnet werden', recordHelp: 'Eine Warteschlange kann es anders festlegen', none: 'Keine', queue: 'Anrufe von Warteschlangen', all: 'Alle Anrufe',
		recording_format: 'Dateien', wav: 'WAV', opus: 'Opus (kleiner)', recording_channels: 'Seiten', mixed: 'Beide in einem Kanal', stereo: 'Jede in ihrem eigenen Kanal',
		announced: 'Beide Seiten hören, dass aufgezeichnet wird', announcedHelp: 'In vielen Ländern gesetzlich vorgeschrieben',
		recording_days: 'Tage, die eine Aufnahme bleibt', daysHelp: '0: für immer. Was älter ist, wird gelöscht.',
		break_reasons: 'Gründe für eine Pause', breaksHelp: 'Höchstens 9. Ein Agent wählt einen im Browser oder am Telefon mit *471 bis *479 in dieser Reihenfolge.',
		audio: 'Audiodateien', used: (used: string, all: string) => `${used} von ${all} belegt`, quotaHelp: 'Wie viel es sein darf, legt der Betreiber fest.',
	},
});
