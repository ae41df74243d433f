// A Centrex for the commands alone: the database has to be there, phones do not matter.

import {Centrex} from '../lib/centrex.mjs';
import {waitFor} from '../lib/wait.mjs';

export async function startInstallation() {
	const centrex = new Centrex();

	await centrex.start({wait: false});
	await waitFor(async () => (await centrex.cli('migrate', '--status')).status === 0 &&
		(await centrex.cli('tenant', 'list')).status === 0 ||
		(await centrex.cli('migrate'), false),
	() => `the database:\n${centrex.log()}`, 60_000);
	return centrex;
}

// Everything the installation has, for "nothing was written".
export async function everything(centrex) {
	const rows = {};

	for (const entity of ['tenant', 'user'])
		rows[entity] = await centrex.json(entity, 'list');
	for (const tenant of rows.tenant)
		for (const entity of ['member', 'extension', 'queue', 'queue-member', 'number', 'cdr',
			'media', 'setting'])
			rows[`${tenant.domain} ${entity}`] =
				await centrex.json(entity, 'list', '--tenant', tenant.domain, '--limit', 500);
	return rows;
}
