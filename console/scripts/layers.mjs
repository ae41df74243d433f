// Which folder of src/ may import which: the arrows of docs/adr (the console's layers).
import {readdirSync, readFileSync} from 'node:fs';
import path from 'node:path';
import {fileURLToPath} from 'node:url';

const MAY = {
	i18n: [],
	api: [],
	ui: ['i18n', 'api'],
	fields: ['i18n', 'api', 'ui'],
	resource: ['i18n', 'api', 'ui', 'fields'],
	features: ['i18n', 'api', 'ui', 'fields', 'resource'],
	app: ['i18n', 'api', 'ui', 'fields', 'resource', 'features'],
};
const LINES_MOST = 400;
const root = fileURLToPath(new URL('../src', import.meta.url));
const faults = [];

function home(file) {
	const [layer, feature] = path.relative(root, file).split(path.sep);

	return {layer, feature: layer === 'features' ? feature : undefined};
}

function allowed(from, to) {
	if (from.layer !== to.layer)
		return MAY[from.layer]?.includes(to.layer);
	return from.feature === to.feature; // features never import each other
}

for (const entry of readdirSync(root, {recursive: true})) {
	if (!/\.tsx?$/.test(entry) || entry === path.join('api', 'schema.d.ts'))
		continue;
	const file = path.join(root, entry);
	const text = readFileSync(file, 'utf8');

	if (text.split('\n').length > LINES_MOST)
		faults.push(`${entry}: more than ${LINES_MOST} lines`);
	if (!entry.includes(path.sep))
		continue; // the tests' set-up
	for (const [, target] of text.matchAll(/(?:from|import)\s*\(?'((?:@\/|\.\.?\/)[^']+)'/g)) {
		const at = target.startsWith('@/') ? path.join(root, target.slice(2)) : path.resolve(path.dirname(file), target);

		if (!allowed(home(file), home(at)))
			faults.push(`${entry}: may not import ${target}`);
	}
}
for (const fault of faults)
	console.error(fault);
process.exit(faults.length ? 1 : 0);
