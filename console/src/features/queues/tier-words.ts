// What a tier does, in words, by the queue's settings (docs/guide/queues.md).
import {texts} from '@/i18n/language';
import type {QueueSettings} from './data';

type Rules = Pick<QueueSettings, 'tier_rules_apply' | 'tier_rule_wait_second' | 'tier_rule_wait_multiply_level' | 'tier_rule_no_agent_no_wait' | 'tier_join'>;

const waitOf = (tier: number, first: number, rules: Rules): number =>
	rules.tier_rule_wait_second * (rules.tier_rule_wait_multiply_level ? tier - first : 1);

export const tierRule = texts({
	en: {
		all: (rules: Rules, strategy: string): string => !rules.tier_rules_apply
			? strategy === 'ring-all' ? 'All tiers ring together. To try one after another, switch on tiers in the settings.'
				: 'A further tier is taken only when nobody of those before is free. To wait before that, switch on tiers in the settings.'
			: `${rules.tier_join === 'join' ? 'A further tier joins those before.' : 'A further tier replaces those before.'}${rules.tier_rule_no_agent_no_wait ? ' Where nobody is there, the next is tried at once.' : ''}`,
		tier: (tier: number, first: number, rules: Rules, strategy: string): string => tier === first ? 'tried first'
			: !rules.tier_rules_apply ? strategy === 'ring-all' ? 'rings together with the others' : 'when nobody before is free'
			: `tried after ${waitOf(tier, first, rules)} s of waiting`,
	},
	de: {
		all: (rules: Rules, strategy: string): string => !rules.tier_rules_apply
			? strategy === 'ring-all' ? 'Alle Stufen klingeln zusammen. Damit eine nach der anderen versucht wird, schalten Sie in den Einstellungen die Stufen ein.'
				: 'Eine weitere Stufe kommt nur dran, wenn davor niemand frei ist. Damit vorher gewartet wird, schalten Sie in den Einstellungen die Stufen ein.'
			: `${rules.tier_join === 'join' ? 'Eine weitere Stufe kommt zu den vorigen hinzu.' : 'Eine weitere Stufe ersetzt die vorigen.'}${rules.tier_rule_no_agent_no_wait ? ' Wo niemand da ist, wird sofort die nächste versucht.' : ''}`,
		tier: (tier: number, first: number, rules: Rules, strategy: string): string => tier === first ? 'wird zuerst versucht'
			: !rules.tier_rules_apply ? strategy === 'ring-all' ? 'klingelt zusammen mit den anderen' : 'wenn davor niemand frei ist'
			: `wird nach ${waitOf(tier, first, rules)} s Wartezeit versucht`,
	},
});
