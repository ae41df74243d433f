// The export as it comes: what is counted while it is read, and the file at the end.
import {languageHeaders} from '@/api/language';
import {tellStatus} from '@/api/client';
import {Problem} from '@/api/problem';

export type Progress = {rows: number; bytes: number};

// Lines of CSV, as the pieces come: a line's end inside quotes is none.
export class LineCount {
	lines = 0;
	#quoted = false;

	add(bytes: Uint8Array): void {
		for (const byte of bytes) {
			if (byte === 0x22)
				this.#quoted = !this.#quoted;
			else if (byte === 0x0a && !this.#quoted)
				this.lines++;
		}
	}
}

const FOLD = 64; // pieces kept apart, before they go where the browser keeps files

async function problemOf(response: Response): Promise<Problem> {
	const text = await response.text();

	try {
		return Problem.of(response.status, JSON.parse(text) as unknown);
	} catch {
		return Problem.of(response.status, undefined);
	}
}

export async function readExport(path: string, signal: AbortSignal, onProgress: (progress: Progress) => void): Promise<{file: Blob; name: string; rows: number}> {
	const response = await fetch(path, {credentials: 'same-origin', cache: 'no-store', headers: languageHeaders(), signal}).catch((cause: unknown) => {
		if (cause instanceof DOMException && cause.name === 'AbortError')
			throw cause;
		throw Problem.unreachable();
	});

	tellStatus(response.status);
	if (!response.ok || !response.body)
		throw await problemOf(response);
	const count = new LineCount();
	const reader = response.body.getReader();
	const type = response.headers.get('Content-Type') ?? 'text/csv';
	let parts: BlobPart[] = [];
	let bytes = 0;
	const rows = () => Math.max(0, count.lines - 1); // without the header

	for (;;) {
		const {done, value} = await reader.read();
		if (done)
			break;
		bytes += value.length;
		count.add(value);
		parts.push(value as Uint8Array<ArrayBuffer>);
		if (parts.length >= FOLD)
			parts = [new Blob(parts)];
		onProgress({rows: rows(), bytes});
	}
	const name = /filename="?([^";]+)/.exec(response.headers.get('Content-Disposition') ?? '')?.[1] ?? 'calls.csv';

	return {file: new Blob(parts, {type}), name, rows: rows()};
}
