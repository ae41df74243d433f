import {describe, expect, it} from 'vitest';
import type {CallEvent} from '@/api/live';
import {type Agent, type Call, mayHaveHad, presentsOf} from './present';

const AT = '2026-11-23T10:00:00Z';
const call = (changes: Partial<Call>): Call => ({
	id: 'a', state: 'ringing', direction: 'internal', from_number: '103', from_name: 'Berta', to_number: '101', answered_by: null,
	started_at: AT, answered_at: null, queue_id: null, queue: null, waiting_since: null, ...changes,
});
const agent = (changes: Partial<Agent>): Agent => ({
	extension_id: 'x', extension: '101', name: null, status: 'available', reason: '', status_since: AT, state: 'waiting', state_since: AT, node: '',
	requested_at: null, ready_at: null, queue_id: null, queue: null, call_id: null, wrap_up_until: null, missed: 0, ...changes,
});
const kinds = (...args: Parameters<typeof presentsOf>) => presentsOf(...args).map(({kind, id}) => `${kind} ${id}`);

describe('presentsOf', () => {
	it('says who calls the queue as soon as it is known, and that it rings before', () => {
		const rings = agent({state: 'ringing', call_id: 'a', queue: 'Support'});

		expect(presentsOf('101', rings, [], null)).toEqual([{kind: 'ringing', id: 'a', who: null, queue: 'Support', since: AT}]);
		expect(presentsOf('101', rings, [], call({state: 'waiting'}))[0]?.who).toEqual({number: '103', name: 'Berta'});
	});
	it('does not take the caller of another call for this one', () => {
		expect(presentsOf('101', agent({state: 'ringing', call_id: 'b'}), [], call({}))[0]?.who).toBeNull();
	});
	it('shows a call once, whatever comes first of the call and the state that is about it', () => {
		const answered = call({state: 'answered', answered_by: '101', answered_at: AT});

		expect(kinds('101', agent({state: 'ringing', call_id: 'a'}), [answered], null)).toEqual(['talking a']);
		expect(kinds('101', agent({state: 'talking', call_id: 'a'}), [answered], null)).toEqual(['talking a']);
		expect(kinds('101', agent({state: 'talking'}), [answered], null)).toEqual(['talking a']);
		expect(kinds('101', agent({state: 'wrap_up', call_id: 'a'}), [answered], null)).toEqual(['wrap_up a']);
	});
	it('knows both directions of ordinary calls, and puts what rings first', () => {
		const calling = call({id: 'b', from_number: '101', to_number: '102'});

		expect(kinds('101', null, [calling, call({})], null)).toEqual(['ringing a', 'calling b']);
		expect(presentsOf('101', null, [{...calling, state: 'answered', answered_by: '102'}], null)[0]?.who).toEqual({number: '102', name: ''});
	});
	it('does not take a caller from outside for who has that number here', () => {
		expect(kinds('103', null, [call({direction: 'inbound'})], null)).toEqual([]);
	});
});

describe('the record of a call that ended is looked for', () => {
	const ended = (changes: Partial<CallEvent>) => ({state: 'ended', direction: 'internal', from: '103', to: '801', queue_id: 'q', answered_by: null, ...changes}) as CallEvent;

	it('by who had it, and of a queue\'s call that nobody is said to have answered', () => {
		expect(mayHaveHad(ended({answered_by: '101'}), '101')).toBe(true);
		expect(mayHaveHad(ended({answered_by: '102', parted: ['101']}), '101')).toBe(true);
		expect(mayHaveHad(ended({}), '101')).toBe(true);
		expect(mayHaveHad(ended({answered_by: '801'}), '101')).toBe(true);
	});
	it('by nobody else of the queue', () => {
		expect(mayHaveHad(ended({answered_by: '102'}), '101')).toBe(false);
	});
});
