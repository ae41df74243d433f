// What a queue decided, in words: the API's slugs (docs/guide/queues.md) as sentences.
import {texts} from '@/i18n/language';

export type WhyWords = {decision: Record<string, (agent: string, tier: number) => string>; verdict: Record<string, string>};

export const whyWords = texts<WhyWords>({
	en: {
		decision: {
			joined: () => 'The caller joined the queue', considered: () => 'The queue looked for an agent', tier_opened: (_, tier) => `Tier ${tier} is tried from here`,
			answered: (agent) => `${agent} answered and has the caller`, too_late: (agent) => `${agent} answered after somebody else, and was let go`, no_answer: (agent) => `${agent} did not answer`,
			busy: (agent) => `The phone of ${agent} was busy`, declined: (agent) => `${agent} declined`, unreachable: (agent) => `The phone of ${agent} could not be reached`,
			connect_failed: (agent) => `${agent} answered, and could not be connected`, withdrawn: (agent) => `The offer to ${agent} was taken back`, lost: (agent) => `Nobody told how the offer to ${agent} ended; it was ended`,
			auto_break: (agent) => `${agent} missed too many offers and is on break`, abandoned: () => 'The caller hung up', max_wait: () => 'The caller had waited as long as the queue allows, and was led elsewhere',
			no_agents: () => 'Nobody was there to answer: the caller was led elsewhere', queue_gone: () => 'The queue was deleted', ended: (agent) => `The talk with ${agent} ended`,
		},
		verdict: {
			offered: 'is offered the call', already_offered: 'is being offered this call', logged_out: 'is logged out', on_break: 'is on break', unregistered: 'has no phone online', is_caller: 'is the caller himself',
			tier_waits: 'is in a tier that is not tried yet', tier_passed: 'is in a tier that a further one has replaced', older_caller: 'rings for a caller who came first', ringing: 'rings for another caller', talking: 'talks with a caller',
			wrap_up: 'is wrapping up', delayed: 'did not take the last offer, and is left alone for a while', in_call: 'is in a call of his own', others_turn: 'is free, but another is tried first',
		},
	},
	de: {
		decision: {
			joined: () => 'Der Anrufer kam in die Warteschlange', considered: () => 'Ein Agent wurde gesucht', tier_opened: (_, tier) => `Ab hier wird Stufe ${tier} versucht`,
			answered: (agent) => `${agent} hat angenommen und spricht mit dem Anrufer`, too_late: (agent) => `${agent} hat nach jemand anderem angenommen und wurde wieder getrennt`, no_answer: (agent) => `${agent} hat nicht angenommen`,
			busy: (agent) => `Das Telefon von ${agent} war besetzt`, declined: (agent) => `${agent} hat abgelehnt`, unreachable: (agent) => `Das Telefon von ${agent} war nicht erreichbar`,
			connect_failed: (agent) => `${agent} hat angenommen und konnte nicht verbunden werden`, withdrawn: (agent) => `Das Angebot an ${agent} wurde zurückgenommen`, lost: (agent) => `Niemand meldete, wie das Angebot an ${agent} endete; es wurde beendet`,
			auto_break: (agent) => `${agent} hat zu viele Angebote verpasst und ist in der Pause`, abandoned: () => 'Der Anrufer hat aufgelegt', max_wait: () => 'Der Anrufer hat so lange gewartet, wie die Warteschlange erlaubt, und wurde weitergeleitet',
			no_agents: () => 'Niemand war da, der annehmen konnte: Der Anrufer wurde weitergeleitet', queue_gone: () => 'Die Warteschlange wurde gelöscht', ended: (agent) => `Das Gespräch mit ${agent} ist beendet`,
		},
		verdict: {
			offered: 'bekommt den Anruf angeboten', already_offered: 'bekommt diesen Anruf schon angeboten', logged_out: 'ist abgemeldet', on_break: 'ist in der Pause', unregistered: 'hat kein Telefon online', is_caller: 'ist selbst der Anrufer',
			tier_waits: 'ist in einer Stufe, die noch nicht dran ist', tier_passed: 'ist in einer Stufe, die eine weitere ersetzt hat', older_caller: 'klingelt für einen Anrufer, der zuerst kam', ringing: 'klingelt für einen anderen Anrufer', talking: 'spricht mit einem Anrufer',
			wrap_up: 'hat Nacharbeit', delayed: 'hat das letzte Angebot nicht angenommen und wird kurz in Ruhe gelassen', in_call: 'ist in einem eigenen Gespräch', others_turn: 'ist frei, aber jemand anderes kommt zuerst dran',
		},
	},
});
