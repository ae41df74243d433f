// The API's words in people's. What is not here yet is shown as it came.
import {texts} from '@/i18n/language';
import type {Tone} from '@/ui/dot';

export const words = texts({
	en: {
		direction: {internal: 'Internal', inbound: 'Inbound', outbound: 'Outbound'},
		result: {answered: 'Answered', missed: 'Not answered (any reason)', no_answer: 'No answer', busy: 'Busy', declined: 'Declined', cancelled: 'Given up', failed: 'Failed'},
		state: {ringing: 'Ringing', waiting: 'Waiting', answered: 'Talking', parked: 'Parked'},
		recording: {recorded: 'Recorded', partial: 'Partly recorded', failed: 'Recording failed', deleted: 'Recording deleted', expired: 'Recording expired'},
		role: {caller: 'Caller', callee: 'Called', agent: 'Agent'},
		by: {caller: 'the caller', callee: 'the called side', engine: 'Centrex'},
		cause: {
			normal: 'hung up', announcement: 'announcement played', announcement_failed: 'announcement could not be played', cancelled: 'given up before anybody answered',
			answered: 'answered', failed: 'failed', no_answer: 'nobody answered in time', busy: 'busy', declined: 'declined', unavailable: 'phone unavailable', unreachable: 'phone not reached', redirected: 'phone redirected it',
			refused_by_phone: 'refused by the phone', phone_error: 'error of the phone', not_acceptable: 'not acceptable to the phone', unknown_number: 'no such number',
			own_number: 'own number dialled', unregistered: 'no phone registered', bad_number: 'not a number', no_audio: 'no codec in common', bad_description: 'unreadable description of the audio',
			no_media_port: 'no port free for audio', too_many_calls: 'too many calls of this extension', no_ack: 'phone gone', session_expired: 'phone gone', media_silence: 'no sound any more',
			transferred: 'transferred', transfer_failed: 'transfer failed', picked_up: 'picked up by another phone', nothing_rings: 'nothing to pick up', not_ringing: 'nothing to pick up',
			slot_empty: 'no parked call there', nothing_to_park: 'nothing to park', bad_replaces: 'replacement refused', no_such_dialog: 'call to replace not found', dialog_over: 'call to replace was over',
			max_wait: 'waited too long in the queue', no_agents: 'no agent in the queue', queue_gone: 'queue was deleted', queue_full: 'queue was full',
			admin_hangup: 'ended by an administrator', engine_stop: 'system stopped', engine_restart: 'system restarted', internal: 'internal error', elsewhere: 'answered elsewhere',
		},
	},
	de: {
		direction: {internal: 'Intern', inbound: 'Eingehend', outbound: 'Ausgehend'},
		result: {answered: 'Angenommen', missed: 'Nicht angenommen (alle Gründe)', no_answer: 'Keine Antwort', busy: 'Besetzt', declined: 'Abgelehnt', cancelled: 'Aufgegeben', failed: 'Fehlgeschlagen'},
		state: {ringing: 'Klingelt', waiting: 'Wartet', answered: 'Im Gespräch', parked: 'Geparkt'},
		recording: {recorded: 'Aufgenommen', partial: 'Teilweise aufgenommen', failed: 'Aufnahme fehlgeschlagen', deleted: 'Aufnahme gelöscht', expired: 'Aufnahme abgelaufen'},
		role: {caller: 'Anrufer', callee: 'Angerufen', agent: 'Agent'},
		by: {caller: 'den Anrufer', callee: 'die Gegenseite', engine: 'Centrex'},
		cause: {
			normal: 'aufgelegt', announcement: 'Ansage gespielt', announcement_failed: 'Ansage konnte nicht gespielt werden', cancelled: 'aufgegeben, bevor jemand antwortete',
			answered: 'angenommen', failed: 'fehlgeschlagen', no_answer: 'niemand antwortete rechtzeitig', busy: 'besetzt', declined: 'abgelehnt', unavailable: 'Telefon nicht verfügbar', unreachable: 'Telefon nicht erreicht', redirected: 'vom Telefon umgeleitet',
			refused_by_phone: 'vom Telefon abgelehnt', phone_error: 'Fehler des Telefons', not_acceptable: 'für das Telefon nicht annehmbar', unknown_number: 'Nummer unbekannt',
			own_number: 'eigene Nummer gewählt', unregistered: 'kein Telefon angemeldet', bad_number: 'keine Nummer', no_audio: 'kein gemeinsamer Codec', bad_description: 'Beschreibung des Tons unlesbar',
			no_media_port: 'kein Port frei für Ton', too_many_calls: 'zu viele Anrufe dieser Nebenstelle', no_ack: 'Telefon antwortet nicht mehr', session_expired: 'Telefon antwortet nicht mehr', media_silence: 'kein Ton mehr',
			transferred: 'weitergeleitet', transfer_failed: 'Weiterleitung fehlgeschlagen', picked_up: 'von anderem Telefon herangeholt', nothing_rings: 'nichts heranzuholen', not_ringing: 'nichts heranzuholen',
			slot_empty: 'dort ist kein Anruf geparkt', nothing_to_park: 'nichts zu parken', bad_replaces: 'Übernahme abgelehnt', no_such_dialog: 'zu übernehmender Anruf nicht gefunden', dialog_over: 'zu übernehmender Anruf war beendet',
			max_wait: 'zu lange in der Warteschlange', no_agents: 'kein Agent in der Warteschlange', queue_gone: 'Warteschlange wurde gelöscht', queue_full: 'Warteschlange war voll',
			admin_hangup: 'von der Verwaltung beendet', engine_stop: 'System angehalten', engine_restart: 'System neu gestartet', internal: 'interner Fehler', elsewhere: 'anderswo angenommen',
		},
	},
});

export function word(all: Record<string, string>, value: string | null | undefined): string {
	return value ? all[value] ?? value : '';
}

export const RESULT_TONES: Record<string, Tone> = {answered: 'good', no_answer: 'warn', busy: 'warn', declined: 'warn', cancelled: 'off', failed: 'bad'};
