export {startCentrex as startInstallation} from '../lib/centrex.mjs';

// What an installation holds, for "nothing was written".

export async function everything(centrex) {
	const rows = {};

	for (const entity of ['tenant', 'user'])
		rows[entity] = await centrex.json(entity, 'list');
	for (const tenant of rows.tenant)
		for (const entity of ['member', 'extension', 'queue', 'queue-member', 'number', 'cdr',
			'media', 'setting', 'registration', 'call', 'audit'])
			rows[`${tenant.domain} ${entity}`] =
				await centrex.json(entity, 'list', '--tenant', tenant.domain, '--limit', 500);
	return rows;
}
