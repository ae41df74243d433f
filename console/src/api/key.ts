// A key for Idempotency-Key. crypto.randomUUID is there only over https; this is everywhere.
export function freshKey(): string {
	return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
