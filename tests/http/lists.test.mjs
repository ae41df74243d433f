// Pages, order, filters and search of lists.

import assert from 'node:assert/strict';
import {after, before, describe, test} from 'node:test';

import {psql, schemaOf} from './cdrs_data.mjs';
import {make, refused, startTenants} from './tenants.mjs';

let world, admin;

before(async () => {
	world = await startTenants();
	({admin} = world);
});
after(() => world?.stop());

const mine = (path) => world.mine(path);

describe('a list', () => {
	before(async () => {
		const rows = ['extension_number'];

		for (let number = 20000; number < 21200; number++)
			rows.push(number);
		const done = await admin.post(mine('/extensions/import'), rows.join('\n'),
			{headers: {'content-type': 'text/csv'}});

		assert.equal(done.json?.created, 1200, done.text);
	});

	async function pages(path, between = async () => {}) {
		const rows = [];
		let cursor = '';

		for (let page = 0; page < 100; page++) {
			const answer = await admin.get(`${path}${cursor && `&cursor=${cursor}`}`);

			assert.equal(answer.status, 200, answer.text);
			rows.push(...answer.json.items);
			if (!answer.json.next)
				return rows;
			cursor = encodeURIComponent(answer.json.next);
			await between(page, answer.json.items.at(-1));
		}
		throw new Error('the list has no end');
	}

	test('goes through 1,200 rows, each once, whatever is inserted in between', async () => {
		const seen = await pages(mine('/extensions?limit=100'), async (page, last) => {
			const behind = String(Number(last.extension_number) + 1).slice(0, 4);

			if (page < 3) // sorts before 20000 and after what was read: both are no trouble
				await make(admin, mine('/extensions'), {extension_number: `1${page}9`});
			await admin.delete(mine(`/extensions/${behind}`));
		});
		const numbers = seen.map((row) => row.extension_number);

		assert.deepEqual(numbers, [...new Set(numbers)].sort());
		for (let number = 20000; number < 21200; number++)
			assert.ok(numbers.includes(String(number)));
	});

	test('is sorted both ways by what it can be sorted by', async () => {
		const up = await pages(mine('/extensions?limit=500&sort=extension_number'));
		const down = await pages(mine('/extensions?limit=500&sort=-extension_number'));

		assert.deepEqual(down.map((row) => row.id), up.map((row) => row.id).reverse());
		refused(await admin.get(mine('/extensions?sort=auth_password')), 400, 'sort');
		refused(await admin.get(mine('/extensions?sort=id;drop')), 400, 'sort');
	});

	test('takes a cursor only where it belongs', async () => {
		const {next} = (await admin.get(mine('/extensions?limit=2'))).json;
		const other = (await admin.get(mine('/extensions?limit=2&sort=-extension_number'))).json.next;

		refused(await admin.get(mine(`/extensions?sort=-extension_number&cursor=${next}`)), 400, 'cursor');
		refused(await admin.get(mine(`/extensions?cursor=${other}`)), 400, 'cursor');
		for (const cursor of ['', 'x', next.slice(0, -1) + '!', 'Og', 'OicgT1IgMT0x',
			Buffer.from(':\u0000').toString('base64url'), Buffer.from([58, 255]).toString('base64url'),
			'A'.repeat(4000)])
			refused(await admin.get(mine(`/extensions?cursor=${encodeURIComponent(cursor)}`)), 400, 'cursor');
	});

	test('is filtered by its columns', async () => {
		const one = await admin.get(mine('/extensions?extension_number=20007'));

		assert.deepEqual(one.json.items.map((row) => row.extension_number), ['20007']);
		assert.equal((await admin.get(mine('/extensions?user_id=&limit=1'))).json.items[0].user_id, null);
		assert.deepEqual((await admin.get(mine('/extensions?context=nowhere'))).json,
			{items: [], next: null});
	});

	test('refuses what it does not know, by name', async () => {
		for (const name of ['auth_password', 'nothing', 'extension-number', 'Limit', 'offset'])
			refused(await admin.get(mine(`/extensions?${name}=1`)), 400, name);
		refused(await admin.get(mine('/extensions?limit=0')), 400, 'limit');
		refused(await admin.get(mine('/extensions?limit=501')), 400, 'limit');
		refused(await admin.get(mine('/extensions?limit=1e2')), 400, 'limit');
		refused(await admin.get(mine('/extensions?limit=1&limit=2')), 400, 'limit');
		refused(await admin.get(mine('/extensions?from=2026-01-01T00:00:00Z')), 400, 'from');
		refused(await admin.get(mine('/cdrs?from=yesterday')), 400, 'from');
		refused(await admin.get(mine('/extensions/20001?fields=id')), 400, 'fields');
		refused(await admin.post(mine('/extensions?dry=1'), {extension_number: '300'}), 400, 'dry');
		refused(await admin.delete(mine('/extensions/20001?force=1')), 400, 'force');
	});

	test('looks for text as it is, without regard to case', async () => {
		const names = ['100%', '50_50', 'back\\slash', "O'Neill", 'Müller GmbH', '"quoted"',
			'%%', "'; drop table queues; --"];

		// As they may have been made before names had a rule.
		for (const name of names)
			await psql(world.centrex, `insert into ${schemaOf(world.tenant)}.queues (name)
				values ('${name.replaceAll('\'', '\'\'')}')`);
		for (const [q, found] of [['%', ['%%', '100%']], ['_', ['50_50']], ['\\', ['back\\slash']],
			["'", ["'; drop table queues; --", "O'Neill"]], ['"', ['"quoted"']],
			['MÜLLER', ['Müller GmbH']], ['drop table', ["'; drop table queues; --"]],
			['%25', []], ['nobody', []]]) {
			const list = await admin.get(mine(`/queues?q=${encodeURIComponent(q)}`));

			assert.equal(list.status, 200, list.text);
			assert.deepEqual(list.json.items.map((row) => row.name).sort(), [...found].sort(), q);
		}
		for (const name of names) {
			const list = await admin.get(mine(`/queues?name=${encodeURIComponent(name)}`));

			assert.deepEqual(list.json.items.map((row) => row.name), [name]);
		}
		refused(await admin.get(mine('/settings?q=%00')), 400);
		refused(await admin.get(mine('/settings?q=%ff')), 400);
	});
});
