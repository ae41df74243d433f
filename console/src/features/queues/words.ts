// Words that several pages of the queues use.
import {texts} from '@/i18n/language';
import type {Tone} from '@/ui/dot';
import type {AgentIs} from './live-state';

export const words = texts({
	en: {
		queues: 'Queues', waiting: 'Waiting', longest: 'Longest wait', free: 'Free', busy: 'Busy', onBreak: 'On break', queue: 'Queue', agent: 'Agent', caller: 'Caller',
		strategy: {'ring-all': 'All at once', 'round-robin': 'One after another'},
		outcome: {answered: 'Answered', abandoned: 'Hung up', overflowed: 'Led elsewhere'},
		status: {available: 'Available', on_break: 'On break', logged_out: 'Logged out'},
		is: {free: 'Free', ringing: 'Ringing', talking: 'Talking', wrap_up: 'Wrapping up', on_break: 'On break', logged_out: 'Logged out', unregistered: 'No phone online'},
		reason: {max_wait: 'waited too long', no_agents: 'nobody was there', queue_gone: 'the queue was deleted', engine_restart: 'the phone system restarted'} as Record<string, string>,
	},
	de: {
		queues: 'Warteschlangen', waiting: 'Wartende', longest: 'Längste Wartezeit', free: 'Frei', busy: 'Beschäftigt', onBreak: 'Pause', queue: 'Warteschlange', agent: 'Agent', caller: 'Anrufer',
		strategy: {'ring-all': 'Alle zugleich', 'round-robin': 'Einer nach dem anderen'},
		outcome: {answered: 'Angenommen', abandoned: 'Aufgelegt', overflowed: 'Weitergeleitet'},
		status: {available: 'Bereit', on_break: 'Pause', logged_out: 'Abgemeldet'},
		is: {free: 'Frei', ringing: 'Klingelt', talking: 'Im Gespräch', wrap_up: 'Nacharbeit', on_break: 'Pause', logged_out: 'Abgemeldet', unregistered: 'Kein Telefon online'},
		reason: {max_wait: 'zu lange gewartet', no_agents: 'niemand war da', queue_gone: 'die Warteschlange wurde gelöscht', engine_restart: 'die Telefonanlage wurde neu gestartet'},
	},
});

export const TONE: Record<AgentIs, Tone> = {
	free: 'good', ringing: 'busy', talking: 'busy', wrap_up: 'warn', on_break: 'warn', logged_out: 'off', unregistered: 'bad',
};
