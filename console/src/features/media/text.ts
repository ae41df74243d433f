import {texts} from '@/i18n/language';

export const text = texts({
	en: {
		title: 'Audio', about: 'Music on hold and announcements', list: 'Audio files', search: 'Search by name', category: 'Kind', all: 'All', moh: 'Music on hold', ivr: 'Announcement',
		name: 'Name', duration: 'Length', size: 'Size', uploaded: 'Uploaded', open: (name: string) => `Open ${name}`, saved: 'Saved',
		drop: 'Drop audio files here, or choose some', formats: 'WAV, FLAC, Ogg or MP3. They are converted for phones; the original is kept.',
		limits: (file: string) => `At most ${file} a file.`, quota: (used: string, all: string) => `${used} of ${all} used`, quotaLabel: 'Storage for audio',
		uploadAs: 'Upload as', uploading: (name: string) => `Uploading ${name}`, converting: (name: string) => `Converting ${name}`, done: (name: string) => `${name} is uploaded`, failed: (name: string) => `${name} was not taken`,
		cancel: (name: string) => `Stop uploading ${name}`, forget: (name: string) => `Remove ${name} from this list`, big: 'larger than the limit',
		empty: 'No audio yet', emptyHelp: 'Drop a file above. Music is then chosen for a queue or in the settings; an announcement is chosen for a number.',
		uses: 'Where it is used', unused: 'It is not used anywhere.', usesHold: 'Music on hold of the whole tenant (settings)', usesQueue: (name: string) => `Music of queue ${name}`, usesNumber: (number: string) => `Announcement of number ${number}`,
		remove: (name: string) => `Delete ${name}?`, removeAction: 'Delete', goesFile: 'the uploaded file and what was made of it', goesUse: (use: string) => `Still used, choose something else there first: ${use}`,
	},
	de: {
		title: 'Audio', about: 'Wartemusik und Ansagen', list: 'Audiodateien', search: 'Nach Namen suchen', category: 'Art', all: 'Alle', moh: 'Wartemusik', ivr: 'Ansage',
		name: 'Name', duration: 'Länge', size: 'Größe', uploaded: 'Hochgeladen', open: (name: string) => `${name} öffnen`, saved: 'Gespeichert',
		drop: 'Audiodateien hier ablegen oder auswählen', formats: 'WAV, FLAC, Ogg oder MP3. Sie werden für Telefone umgewandelt; das Original bleibt.',
		limits: (file: string) => `Höchstens ${file} je Datei.`, quota: (used: string, all: string) => `${used} von ${all} belegt`, quotaLabel: 'Speicher für Audio',
		uploadAs: 'Hochladen als', uploading: (name: string) => `${name} wird hochgeladen`, converting: (name: string) => `${name} wird umgewandelt`, done: (name: string) => `${name} ist hochgeladen`, failed: (name: string) => `${name} wurde nicht angenommen`,
		cancel: (name: string) => `Hochladen von ${name} abbrechen`, forget: (name: string) => `${name} aus dieser Liste nehmen`, big: 'größer als erlaubt',
		empty: 'Noch kein Audio', emptyHelp: 'Legen Sie oben eine Datei ab. Musik wählen Sie dann bei einer Warteschlange oder in den Einstellungen, eine Ansage bei einer Rufnummer.',
		uses: 'Wo es verwendet wird', unused: 'Es wird nirgends verwendet.', usesHold: 'Wartemusik des ganzen Mandanten (Einstellungen)', usesQueue: (name: string) => `Musik der Warteschlange ${name}`, usesNumber: (number: string) => `Ansage der Rufnummer ${number}`,
		remove: (name: string) => `${name} löschen?`, removeAction: 'Löschen', goesFile: 'die hochgeladene Datei und was daraus gemacht wurde', goesUse: (use: string) => `Noch verwendet, wählen Sie dort zuerst etwas anderes: ${use}`,
	},
});
