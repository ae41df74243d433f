// Uploads with progress, which fetch does not tell of a request's body.
import {tellStatus} from '@/api/client';
import {languageHeaders} from '@/api/language';
import {Problem} from '@/api/problem';

export type Upload = {done: Promise<void>; cancel: () => void};

export function upload(path: string, category: string, file: File, key: string, onSent: (ratio: number) => void): Upload {
	const request = new XMLHttpRequest();
	const form = new FormData();

	form.append('category', category);
	form.append('file', file);
	const done = new Promise<void>((resolve, reject) => {
		request.upload.onprogress = ({loaded, total}) => onSent(total ? loaded / total : 0);
		request.onload = () => {
			tellStatus(request.status);
			if (request.status >= 200 && request.status < 300)
				resolve();
			else
				reject(Problem.of(request.status, parsed(request.responseText)));
		};
		request.onerror = () => reject(Problem.unreachable());
		request.onabort = () => reject(new DOMException('', 'AbortError'));
	});

	request.open('POST', path);
	request.setRequestHeader('Idempotency-Key', key);
	for (const [name, value] of Object.entries(languageHeaders()))
		request.setRequestHeader(name, value);
	request.send(form);
	return {done, cancel: () => request.abort()};
}

function parsed(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}
