import {describe, expect, test} from 'vitest';
import type {CallEvent, RegistrationEvent} from '@/api/live';
import type {QueueLive} from './data';
import {agentIs, withAgent, withCall, withRegistration} from './live-state';

const base = {queue_id: 'q', callers: [], members: [], skewMs: 0} as unknown as QueueLive;
const call = (id: string, state: string, since: string | null, queue_id: string | null = 'q') =>
	({id, state, queue_id, waiting_since: since, from: id, from_name: '', answered_by: null, answered_at: null}) as unknown as CallEvent;

describe('a queue as it goes on', () => {
	test('callers stand by when they came, and go when they end', () => {
		let live = [call('b', 'waiting', '2026-01-01T10:00:02Z'), call('a', 'waiting', '2026-01-01T10:00:01Z')].reduce(withCall, base);

		expect(live.callers.map(({call: id, position}) => [id, position])).toEqual([['a', 1], ['b', 2]]);
		live = withCall(live, call('a', 'answered', '2026-01-01T10:00:01Z'));
		expect(live.callers.map(({call: id, position}) => [id, position])).toEqual([['b', 1], ['a', null]]);
		live = withCall(live, call('b', 'ended', '2026-01-01T10:00:02Z'));
		expect(live.callers.map(({call: id}) => id)).toEqual(['a']);
	});

	test('who is led to another queue waits there', () => {
		const live = withCall(base, call('a', 'waiting', '2026-01-01T10:00:01Z'));

		expect(withCall(live, call('a', 'waiting', '2026-01-01T10:00:09Z', 'other')).callers).toEqual([]);
		expect(withCall(live, call('x', 'ringing', null, null))).toBe(live);
	});

	test('an event about an agent changes only what it tells', () => {
		const member = {extension_id: '1', status: 'available', state: 'waiting', registered: true, tier: 2};
		const live = withAgent({...base, members: [member]} as unknown as QueueLive, {extension_id: '1', extension: '101', state: 'talking'});

		expect(live.members[0]).toEqual({...member, state: 'talking'});
	});

	test('an agent who unregisters one of two phones can still be called', () => {
		const live = {...base, members: [{extension_id: '1', registered: true}]} as unknown as QueueLive;
		const told = (phones: number) => withRegistration(live, {extension_id: '1', registered: false, phones} as RegistrationEvent).members[0]?.registered;

		expect([told(1), told(0)]).toEqual([true, false]);
	});

	test('an agent is counted as the figures do', () => {
		expect(agentIs({status: 'available', state: 'waiting', registered: false})).toBe('unregistered');
		expect(agentIs({status: 'available', state: 'waiting', registered: true})).toBe('free');
		expect(agentIs({status: 'on_break', state: 'talking', registered: true})).toBe('on_break');
		expect(agentIs({status: 'available', state: 'wrap_up', registered: true})).toBe('wrap_up');
	});
});
