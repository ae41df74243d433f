import {expect, test} from 'vitest';
import {attentionOf, type Figures, type QueueFigures} from './attention';

const day: Figures = {day_began: '2026-11-23T00:00:00Z', extensions: 5, extensions_online: 5, calls_failed: 0, calls_failed_usual: 0, recordings_failed: 0,
	media_bytes: 0, media_bytes_most: 1000};
const queue: QueueFigures = {queue_id: 'x', queue: 'Support', waiting: 0, longest_wait_ms: null, talking: 0, agents: 2, logged_out: 0, on_break: 0, available: 2,
	free: 2, ringing: 0, busy: 0, wrap_up: 0, unregistered: 0};

test('nothing stands out when nothing does', () => {
	expect(attentionOf(day, [queue])).toEqual([]);
	expect(attentionOf({...day, extensions: 0, extensions_online: 0}, [])).toEqual([]);
});

test('callers wait for nobody, but not where one is being rung', () => {
	expect(attentionOf(day, [{...queue, waiting: 2, free: 0, on_break: 2}])).toEqual([{kind: 'waiting', queue: 'Support', waiting: 2}]);
	expect(attentionOf(day, [{...queue, waiting: 2, free: 0, ringing: 1}])).toEqual([]);
	expect(attentionOf(day, [{...queue, agents: 0, free: 0}])).toEqual([{kind: 'memberless', queue: 'Support'}]);
});

test('failed calls stand out above twice what is usual, and three', () => {
	expect(attentionOf({...day, calls_failed: 2}, [])).toEqual([]);
	expect(attentionOf({...day, calls_failed: 3}, [])).toEqual([{kind: 'failed', count: 3, usual: 0}]);
	expect(attentionOf({...day, calls_failed: 20, calls_failed_usual: 10}, [])).toEqual([]);
	expect(attentionOf({...day, calls_failed: 21, calls_failed_usual: 10}, [])).toEqual([{kind: 'failed', count: 21, usual: 10}]);
});

test('phones that are off, recordings that failed, storage that is nearly full', () => {
	expect(attentionOf({...day, extensions_online: 3, recordings_failed: 1, media_bytes: 900}, [])).toEqual([
		{kind: 'recordings', count: 1}, {kind: 'storage', used: 900, most: 1000}, {kind: 'offline', count: 2}]);
});
