// One event stream (server-sent events) over fetch: unlike EventSource it notices silence, and reads
// why it was refused. It resumes where it was, so that no event is missed or seen twice.
import {createParser} from 'eventsource-parser';
import {boardHeaders} from './board';
import {languageHeaders} from './language';

export type StreamState = 'connecting' | 'live' | 'lost';
export type StreamEvent = {event: string; data: unknown};
export type StreamHandlers = {
	onEvent(event: StreamEvent): void;
	onState(state: StreamState): void;
	onRefused(status: number): void; // 401, 403, 404: it is not tried again
};

const SILENCE_MS = 45_000; // docs/guide/live.md: something comes every 15 s
const BACKOFF_LEAST_MS = 500;
const BACKOFF_MOST_MS = 15_000;

export class Stream {
	#lastId = '';
	#controller: AbortController | undefined;
	#timer: ReturnType<typeof setTimeout> | undefined;
	#backoffMs = BACKOFF_LEAST_MS;
	#closed = false;

	constructor(private readonly path: string, private readonly handlers: StreamHandlers) {
		void this.#connect();
		window.addEventListener('online', this.#atOnce);
	}

	close(): void {
		this.#closed = true;
		window.removeEventListener('online', this.#atOnce);
		clearTimeout(this.#timer);
		this.#controller?.abort();
	}

	#atOnce = (): void => {
		if (this.#controller || this.#closed)
			return;
		clearTimeout(this.#timer);
		void this.#connect();
	};

	#heard(): void {
		clearTimeout(this.#timer);
		this.#timer = setTimeout(() => this.#controller?.abort(), SILENCE_MS);
	}

	async #connect(): Promise<void> {
		const controller = new AbortController();

		this.#controller = controller;
		this.#heard();
		try {
			const response = await fetch(this.path, {
				credentials: 'same-origin',
				cache: 'no-store',
				signal: controller.signal,
				headers: {...boardHeaders, ...languageHeaders(), Accept: 'text/event-stream', ...(this.#lastId ? {'Last-Event-ID': this.#lastId} : {})},
			});
			if ([401, 403, 404].includes(response.status)) {
				this.close();
				this.handlers.onRefused(response.status);
				return;
			}
			if (response.ok && response.body)
				await this.#read(response.body);
		} catch {
			// lost, like one that ended: see below
		}
		this.#controller = undefined;
		this.#again();
	}

	async #read(body: ReadableStream<Uint8Array>): Promise<void> {
		const parser = createParser({
			onEvent: ({event, data}) => this.#take(event ?? 'message', data),
		});
		const reader = body.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>).getReader();
		let rest = '';

		for (;;) {
			const {done, value} = await reader.read();
			if (done)
				return;
			this.#heard();
			const end = (rest + value).lastIndexOf('\n') + 1;
			const whole = (rest + value).slice(0, end);

			rest = (rest + value).slice(end);
			parser.feed(whole);
			this.#remember(whole);
		}
	}

	// An id may also come without an event: with what keeps the connection alive.
	#remember(lines: string): void {
		for (const [, id] of lines.matchAll(/^id: ?(\S+)$/gm))
			this.#lastId = id ?? this.#lastId;
	}

	#take(event: string, data: string): void {
		if (event === 'ready' || event === 'reset') {
			this.#backoffMs = BACKOFF_LEAST_MS;
			this.handlers.onState('live');
		}
		this.handlers.onEvent({event, data: JSON.parse(data) as unknown});
	}

	#again(): void {
		clearTimeout(this.#timer);
		if (this.#closed)
			return;
		this.handlers.onState('lost');
		this.#timer = setTimeout(() => void this.#connect(), this.#backoffMs * (0.5 + Math.random() / 2));
		this.#backoffMs = Math.min(this.#backoffMs * 2, BACKOFF_MOST_MS);
	}
}
