// A screen on the wall has no person behind it, but a token in the address, after #: which no server
// is sent, and no log has. It goes with every request of this page (docs/adr/0092).
const FORM = /^#board=(ctx_[\w-]{43})$/;

export const boardToken = FORM.exec(window.location.hash)?.[1] ?? '';
export const boardHeaders: Record<string, string> = boardToken ? {Authorization: `Bearer ${boardToken}`} : {};

export function boardHash(token: string): string {
	return `#board=${token}`;
}
