// `centrex freeswitch config DIR`: what it writes is XML that FreeSWITCH reads as it was meant, with the
// values of this installation, and nobody else's to read.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import {before, test} from 'node:test';

import {centrexRun, source} from '../lib/centrex.mjs';
import {run, temporaryDirectory} from '../lib/processes.mjs';

const PASSWORD = 'open-sesame-16-chars';
const EVENT_PASSWORD = 'another-16-chars-long';

// As switch_xml.c does before it parses (preprocess, expand_vars): $${name} goes, lines with "<?" too.
const reader = `
import json, re, sys, xml.dom.minidom
text = re.sub(r'\\$\\$\\{([^}]*)\\}', r'VAR:\\1', open(sys.argv[1]).read())
document = xml.dom.minidom.parseString(''.join(l for l in text.splitlines(True) if '<?' not in l))
def row(element):
    return {'tag': element.tagName, 'attributes': dict(element.attributes.items()),
            'children': [row(c) for c in element.childNodes if c.nodeType == c.ELEMENT_NODE]}
print(json.dumps(row(document.documentElement)))
`;

let parent;
let count = 0;

before(() => { parent = temporaryDirectory('config'); });

async function write(settings = {}, args = [], directory = path.join(parent, `d${count++}`)) {
	const all = {credentials: `fs:${PASSWORD}`, 'event-password': EVENT_PASSWORD, ...settings};
	const env = {...process.env, CENTREX_STATE: path.join(parent, 'state')};

	for (const [name, value] of Object.entries(all))
		env[`CENTREX_${name.startsWith('web') ? '' : 'FREESWITCH_'}${name.replaceAll('-', '_').toUpperCase()}`] = value;
	return {directory, ...await centrexRun(['freeswitch', 'config', directory, ...args], {env})};
}

const filesOf = (directory) => fs.readdirSync(directory, {recursive: true, withFileTypes: true})
	.filter((entry) => entry.isFile()).map((entry) => path.relative(directory,
		path.join(entry.parentPath ?? entry.path, entry.name))).sort();

async function read(directory, file) {
	const {status, stdout, stderr} = await run('python3', ['-c', reader, path.join(directory, file)]);

	assert.equal(status, 0, `${file}: ${stderr}`);
	return JSON.parse(stdout);
}

function all(node, tag) {
	return [...node.tag === tag ? [node.attributes] : [], ...node.children.flatMap((child) => all(child, tag))];
}

const params = (node) => Object.fromEntries(all(node, 'param').map(({name, value}) => [name, value]));

test('every file is well-formed XML, and no placeholder is left', async () => {
	const {status, directory, stderr} = await write();
	const written = filesOf(directory);

	assert.equal(status, 0, stderr);
	assert.ok(written.length > 15);
	for (const file of written) {
		if (file.endsWith('.xml'))
			await read(directory, file);
		assert.doesNotMatch(fs.readFileSync(path.join(directory, file), 'utf8'), /@[A-Z_]{3,}@/, file);
	}
});

test('directory and dialplan are asked of Centrex alone, each look-up with a time limit', async () => {
	const {directory} = await write({url: 'https://10.0.0.2:8081'});
	const root = await read(directory, 'freeswitch.xml');
	const bindings = (await read(directory, 'autoload_configs/xml_curl.conf.xml')).children[0].children;

	for (const name of ['directory', 'dialplan'])
		assert.deepEqual(root.children.find(({attributes}) => attributes.name === name).children, []);
	assert.deepEqual(bindings.map((binding) => all(binding, 'param')[0]), ['directory', 'dialplan', 'configuration']
		.map((name) => ({name: 'gateway-url', value: `https://10.0.0.2:8081/freeswitch/${name}`, bindings: name})));
	for (const binding of bindings) {
		const {timeout, 'gateway-credentials': credentials, 'enable-cacert-check': checked} = params(binding);

		assert.deepEqual([timeout, credentials, checked], ['5', `fs:${PASSWORD}`, 'true']);
	}
});

test('call records are sent by one module, as often as is needed, and kept where they do not get through', async () => {
	const {directory} = await write();
	const modules = all(await read(directory, 'autoload_configs/modules.conf.xml'), 'load').map(({module}) => module);

	assert.deepEqual(modules.filter((module) => module.endsWith('_cdr')), ['mod_json_cdr']);
	assert.ok(modules.indexOf('mod_xml_curl') < modules.indexOf('mod_json_cdr'));
	assert.equal(modules.indexOf('mod_xml_curl'), 2);
	for (const [name, encode] of [['json_cdr', 'false'], ['xml_cdr', 'textxml']]) {
		const values = params(await read(directory, `autoload_configs/${name}.conf.xml`));

		assert.equal(values.url, 'http://127.0.0.1:8080/freeswitch/cdr');
		assert.equal(values.cred, `fs:${PASSWORD}`);
		assert.equal(values.encode, encode);
		assert.equal(values['log-b-leg'], 'true');
		assert.equal(values['err-log-dir'], `VAR:log_dir/${name}`);
		assert.ok(Number(values.timeout) > 0 && Number(values.delay) > 0);
		assert.equal(values['disable-100-continue'], undefined);
	}
});

test('the profile proves who calls, forces no domain and takes registrations at once', async () => {
	const {directory} = await write({profile: 'phones-1'});
	const profile = await read(directory, 'sip_profiles/phones.xml');
	const values = params(profile);

	assert.equal(profile.attributes.name, 'phones-1');
	assert.deepEqual(profile.children.find(({tag}) => tag === 'domains').children, []);
	assert.deepEqual(Object.keys(values).filter((name) => name.startsWith('force-')), []);
	for (const [name, value] of Object.entries({'auth-calls': 'true', 'auth-require-user': 'true',
		'accept-blind-reg': 'false', 'accept-blind-auth': 'false', 'challenge-realm': 'auto_from',
		'inbound-reg-force-matching-username': 'false', 'inbound-reg-in-new-thread': 'true',
		'multiple-registrations': 'contact', 'manage-presence': 'false', 'enable-chat': 'false'}))
		assert.equal(values[name], value, name);
	assert.equal(params(await read(directory, 'autoload_configs/sofia.conf.xml'))['max-reg-threads'], '16');
});

test('modules that need an answer to load have one while Centrex is away', async () => {
	const {directory} = await write();
	const callcenter = await read(directory, 'autoload_configs/callcenter.conf.xml');
	const stream = await read(directory, 'autoload_configs/local_stream.conf.xml');

	assert.deepEqual(all(callcenter, 'queue'), []);
	assert.deepEqual(params(callcenter), {'truncate-agents-on-load': 'false', 'truncate-tiers-on-load': 'false'});
	assert.deepEqual(all(stream, 'directory'), [{name: 'default', path: 'VAR:conf_dir/streams/default'}]);
	assert.equal(fs.readdirSync(path.join(directory, 'streams/default')).length, 1);
});

test('the event socket is that of the node in freeswitch-nodes', async () => {
	const nodes = 'fs1=10.0.0.5:8021 fs2=[fd00::6]:9021';
	const refused = await write({nodes});
	const {directory} = await write({nodes, url: 'https://10.0.0.2:8081'}, ['fs1']);
	const socket = params(await read(directory, 'autoload_configs/event_socket.conf.xml'));
	const second = await write({nodes, url: 'https://10.0.0.2:8081'}, ['fs2']);
	const unknown = await write({nodes}, ['fs3']);

	assert.equal(refused.status, 2);
	assert.match(refused.stderr, /^centrex: freeswitch-nodes has 2: say which, .*fs1/);
	assert.equal(unknown.status, 3);
	assert.match(unknown.stderr, /'fs3'/);
	assert.deepEqual([socket['listen-ip'], socket['listen-port'], socket.password, socket['apply-inbound-acl']],
		['10.0.0.5', '8021', EVENT_PASSWORD, 'centrex']);
	assert.deepEqual(all(await read(directory, 'autoload_configs/acl.conf.xml'), 'node').map(({cidr}) => cidr),
		['127.0.0.0/8', '::1/128', '10.0.0.5/32', '10.0.0.2/32']);
	assert.equal(params(await read(directory, 'autoload_configs/switch.conf.xml')).switchname, 'fs1');
	assert.equal(params(await read(second.directory, 'autoload_configs/event_socket.conf.xml'))['listen-port'], '9021');
});

test('without a node the event socket is this machine\'s alone', async () => {
	const {directory} = await write();
	const socket = params(await read(directory, 'autoload_configs/event_socket.conf.xml'));

	assert.deepEqual([socket['listen-ip'], socket['listen-port']], ['127.0.0.1', '8021']);
	assert.deepEqual(all(await read(directory, 'autoload_configs/acl.conf.xml'), 'node').map(({cidr}) => cidr),
		['127.0.0.0/8', '::1/128']);
});

test('the URL is the listener FreeSWITCH is answered on', async () => {
	for (const [settings, url] of [
		[{}, 'http://127.0.0.1:8080'],
		[{'web-address': '0.0.0.0', 'web-port': '81', 'web-tls-certificate': '/no.pem'}, 'https://127.0.0.1:81'],
		[{port: '8081', address: '::', 'web-tls-certificate': '/no.pem'}, 'http://[::1]:8081'],
		[{port: '8081', address: '10.0.0.2'}, 'http://10.0.0.2:8081'],
		[{url: 'https://[fd00::2]:8443', port: '8081'}, 'https://[fd00::2]:8443'],
	]) {
		const {directory} = await write(settings);

		assert.equal(params(await read(directory, 'autoload_configs/json_cdr.conf.xml')).url, `${url}/freeswitch/cdr`);
	}
});

test('files with passwords are their owner\'s alone, and so is the directory', async () => {
	const {directory} = await write();

	assert.equal(fs.statSync(directory).mode & 0o777, 0o700);
	for (const file of filesOf(directory)) {
		const text = fs.readFileSync(path.join(directory, file), 'utf8');
		const secret = text.includes(PASSWORD) || text.includes(EVENT_PASSWORD);

		assert.equal(fs.statSync(path.join(directory, file)).mode & 0o777, secret ? 0o600 : 0o644, file);
	}
});

test('a directory that is not empty is refused; --force replaces these files and keeps the others', async () => {
	const {directory} = await write();
	const mine = path.join(directory, 'vars_local.xml');
	const curl = path.join(directory, 'autoload_configs/xml_curl.conf.xml');

	fs.writeFileSync(mine, '<include/>\n');
	fs.writeFileSync(curl, 'half a fi');
	const refused = await write({}, [], directory);

	assert.equal(refused.status, 4);
	assert.match(refused.stderr, /^centrex: .* is not empty; --force/);
	assert.equal(fs.readFileSync(curl, 'utf8'), 'half a fi');
	const {status, stderr} = await write({}, ['--force'], directory);

	assert.equal(status, 0, stderr);
	assert.equal(fs.readFileSync(mine, 'utf8'), '<include/>\n');
	await read(directory, 'autoload_configs/xml_curl.conf.xml');
	assert.deepEqual(filesOf(directory).filter((file) => file.endsWith('.new')), []);
});

test('passwords of every character arrive as they are', async () => {
	const hostile = `fs:"'&<>$\${base_dir}\${x}\`\\-->]]>%26&amp;:|;@URL@`;
	const event = '"/><param name="x" value="$${base_dir}&';
	const {status, directory, stderr} = await write({credentials: hostile, 'event-password': event.replaceAll(' ', '_')});

	assert.equal(status, 0, stderr);
	for (const binding of (await read(directory, 'autoload_configs/xml_curl.conf.xml')).children[0].children)
		assert.equal(params(binding)['gateway-credentials'], hostile);
	assert.equal(params(await read(directory, 'autoload_configs/json_cdr.conf.xml')).cred, hostile);
	const socket = params(await read(directory, 'autoload_configs/event_socket.conf.xml'));

	assert.equal(socket.password, event.replaceAll(' ', '_'));
	assert.equal(socket.x, undefined);
});

test('what is missing or wrong in the settings is said with the setting', async () => {
	for (const [settings, said] of [
		[{credentials: ''}, /^centrex: freeswitch-credentials: must be set/],
		[{'event-password': ''}, /^centrex: freeswitch-event-password: must be set/],
		[{credentials: 'fs:'}, /^centrex: freeswitch-credentials: must be name:password.*CENTREX_FREESWITCH_CREDENTIALS/],
		[{from: '10.0.0.1/8'}, /^centrex: freeswitch-from: '10\.0\.0\.1\/8'/],
		[{nodes: 'fs1'}, /^centrex: freeswitch-nodes: 'fs1'/],
		[{'web-port': '0'}, /^centrex: freeswitch-url: must be set where web-port is 0/],
	]) {
		const {status, stderr, directory} = await write(settings);

		assert.equal(status, 2, stderr);
		assert.match(stderr, said);
		assert.equal(stderr.split('\n').length, 2);
		assert.ok(!fs.existsSync(directory));
	}
});

test('--json tells the files, and what the settings leave open', async () => {
	const {json, directory} = await write({nodes: 'fs1=switch.example', url: 'http://pbx.example:8081'}, ['--json']);
	const text = await write({nodes: 'fs1=switch.example', url: 'http://pbx.example:8081'});

	assert.equal(json.directory, directory);
	assert.deepEqual(json.files.map((file) => file.path).sort(), filesOf(directory));
	assert.equal(json.warnings.length, 2);
	assert.match(json.warnings[0], /in clear/);
	assert.match(json.warnings[1], /acl\.conf\.xml/);
	assert.equal(text.stderr.split('\n').length, 3);
	assert.match(text.stdout, new RegExp(`\\n${json.files.length} files written`));
});

test('every parameter is one that FreeSWITCH reads', () => {
	// Spelled as in FreeSWITCH's source; a misspelled one is ignored there without a word.
	const known = new Set(fs.readFileSync(path.join(source, 'tests/freeswitch/parameters.txt'), 'utf8')
		.split('\n').filter((line) => line && !line.startsWith('#')));
	const folder = path.join(source, 'src/freeswitch/setup');

	for (const file of filesOf(folder).filter((name) => name.endsWith('.xml')))
		for (const [, name] of fs.readFileSync(path.join(folder, file), 'utf8').matchAll(/<param name="([^"]+)"/g))
			assert.ok(known.has(`${path.basename(file)} ${name}`), `${file}: ${name}`);
});
