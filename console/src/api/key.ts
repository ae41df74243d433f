import {Problem} from './problem';

// A key for Idempotency-Key. crypto.randomUUID is there only over https; this is everywhere.
export function freshKey(): string {
	return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

// The key of what is sent stays until it is known what became of it: sent again after an answer that was
// lost, it makes nothing twice.
export class SendKeys {
	readonly #keys = new Map<string, string>();

	async send<T>(what: unknown, work: (key: string) => Promise<T>): Promise<T> {
		const name = JSON.stringify(what);
		const key = this.#keys.get(name) ?? freshKey();

		this.#keys.set(name, key);
		try {
			const answer = await work(key);

			this.#keys.delete(name);
			return answer;
		} catch (failure) {
			if (failure instanceof Problem && failure.status >= 400 && failure.status < 500)
				this.#keys.delete(name);
			throw failure;
		}
	}
}
