// The event socket of a FreeSWITCH, as mod_event_socket.c speaks it, with mod_callcenter's and
// mod_local_stream's tables behind it: answers are the modules' own texts, and a queue that is
// loaded is asked of Centrex, as FreeSWITCH does.
//
//   const fs = await FreeSwitch.start();
//   const centrex = await startCentrex({args: fs.settings()});
//   fs.centrex = centrex;
//
// commands: every api command, in order. bad: what no FreeSWITCH should be told; a test's end is to
// check that it is empty. api(name, handler) answers a further command: (arguments, text) => answer.

import {once} from 'node:events';
import http from 'node:http';
import net from 'node:net';

import {waitFor} from './wait.mjs';

export const EVENT_PASSWORD = 'the-password-of-the-event-socket';
export const CREDENTIALS = 'fs:the-password-of-the-look-ups';

const TIMINGS = ['max_no_answer', 'wrap_up_time', 'reject_delay_time', 'busy_delay_time', 'no_answer_delay_time'];
const QUEUE_COLUMNS = 'name|strategy|moh_sound|time_base_score|tier_rules_apply|tier_rule_wait_second|' +
	'tier_rule_wait_multiply_level|tier_rule_no_agent_no_wait|discard_abandoned_after|abandoned_resume_allowed|' +
	'max_wait_time|max_wait_time_with_no_agent|max_wait_time_with_no_agent_time_reached|record_template|' +
	'calls_answered|calls_abandoned|ring_progressively_delay|skip_agents_with_external_calls|agent_no_answer_status';
// What a queue has where callcenter.conf says nothing.
const LIMITS = {tier_rules_apply: 'false', tier_rule_wait_second: '0', tier_rule_wait_multiply_level: 'false',
	tier_rule_no_agent_no_wait: 'true', max_wait_time: '0', max_wait_time_with_no_agent: '0',
	max_wait_time_with_no_agent_time_reached: '5'};
const AGENT_COLUMNS = ['name', 'instance_id', 'uuid', 'type', 'contact', 'status', 'state', ...TIMINGS,
	'last_bridge_start', 'last_bridge_end', 'last_offered_call', 'last_status_change', 'no_answer_count',
	'calls_answered', 'talk_time', 'ready_time', 'external_calls_count'];
const MEMBER_COLUMNS = ['queue', 'instance_id', 'uuid', 'session_uuid', 'cid_number', 'cid_name', 'system_epoch',
	'joined_epoch', 'rejoined_epoch', 'bridge_epoch', 'abandoned_epoch', 'base_score', 'skill_score', 'serving_agent',
	'serving_system', 'state', 'score'];
const STATUSES = ['Available', 'Available (On Demand)', 'On Break', 'Logged Out'];
const REFUSED = /[${}[\],;|^'"\\`<>]/; // src/freeswitch/inert.h
const entity = {amp: '&', lt: '<', gt: '>', quot: '"', apos: '\''};

const unescape = (text) => text.replace(/&(\w+);/g, (_, name) => entity[name])
	.replace(/&#(\d+);/g, (_, code) => String.fromCodePoint(code));
const attributes = (element) => Object.fromEntries(
	[...element.matchAll(/([\w-]+)="([^"]*)"/g)].map(([, name, value]) => [name, unescape(value)]));
const elements = (xml, name) => [...xml.matchAll(new RegExp(`<${name} ([^>]*?)/?>`, 'g'))].map((m) => attributes(m[1]));
const tierKey = (queue, agent) => `${queue}\n${agent}`;

// switch_utils.c, separate_string_blank_delim: blanks part words, but not between '.
export function separate(text) {
	const words = [];
	let word = '', quoted = false, begun = false;

	for (const c of text) {
		if (c === '\'') {
			quoted = !quoted;
			begun = true;
		} else if (c === ' ' && !quoted) {
			if (begun)
				words.push(word);
			word = '';
			begun = false;
		} else {
			word += c;
			begun = true;
		}
	}
	if (begun)
		words.push(word);
	return words;
}

export class FreeSwitch {
	static async start(options = {}) {
		const fs = new FreeSwitch(options);

		await fs.listen();
		return fs;
	}

	constructor({name = 'fs1', password = EVENT_PASSWORD, modules = ['mod_callcenter', 'mod_local_stream']} = {}) {
		Object.assign(this, {name, password, port: 0, centrex: undefined, delayMs: 0, silent: false});
		this.modules = new Set(modules);
		this.commands = [];
		this.bad = [];
		this.connections = new Set();
		this.logins = 0;
		this.peak = 0; // commands that had arrived before the first of them was answered
		this.handlers = new Map();
		this.forget();
	}

	// As after a start without truncated tables.
	forget() {
		this.queues = new Map();
		this.agents = new Map();
		this.tiers = new Map();
		this.streams = new Map();
		this.members = []; // {queue, session_uuid, state, cid_name, ...}
	}

	// Arguments of `centrex serve`.
	settings(...others) {
		const nodes = [this, ...others].map((fs) => `${fs.name}=127.0.0.1:${fs.port}`).join(' ');

		return ['--freeswitch-nodes', nodes, '--freeswitch-event-password', EVENT_PASSWORD,
			'--freeswitch-credentials', CREDENTIALS];
	}

	async listen() {
		this.server = net.createServer((socket) => this.serve(socket));
		this.server.listen(this.port, '127.0.0.1');
		await once(this.server, 'listening');
		this.port = this.server.address().port;
	}

	// Nobody is there any more; listen() again: as after a restart.
	async stop() {
		const closed = once(this.server, 'close');

		this.server.close();
		this.drop();
		await closed;
	}

	// Connections are lost without a word.
	drop() {
		for (const connection of this.connections)
			connection.socket.destroy();
	}

	// mod_event_socket.c, kill_listener.
	goodbye() {
		const text = 'Disconnected, goodbye.\nSee you at ClueCon! http://www.cluecon.com/\n';

		for (const {socket} of this.connections)
			socket.end(`Content-Type: text/disconnect-notice\nContent-Length: ${text.length}\n\n${text}`);
	}

	api(name, handler) {
		this.handlers.set(name, handler);
	}

	// Waits until a command that fits was sent, since the given index of commands.
	saw(pattern, since = 0, timeoutMs = 15_000) {
		return waitFor(() => this.commands.slice(since).find((c) => pattern.test(c)),
			() => `the command ${pattern}; there were ${JSON.stringify(this.commands.slice(since).slice(-40))}`, timeoutMs);
	}

	// Waits until ms have gone without any command.
	async quiet(ms = 1000, timeoutMs = 60_000) {
		let n = -1, since = 0;

		await waitFor(() => {
			if (this.commands.length !== n || this.connections.size === 0) {
				n = this.commands.length;
				since = Date.now();
			}
			return Date.now() - since >= ms;
		}, 'no more commands', timeoutMs);
	}

	// {queue: {strategy, agents: {agent: [level, position]}}}: what the tables come to.
	state() {
		const state = {};

		for (const [name, {strategy, moh}] of this.queues)
			state[name] = {strategy, moh, agents: {}};
		for (const {queue, agent, level, position} of this.tiers.values())
			if (state[queue])
				state[queue].agents[agent] = [level, position];
		return state;
	}

	// ---- the conversation ----

	serve(socket) {
		const connection = {socket, authenticated: false, events: new Set(), custom: new Set(), text: '', queue: [],
			busy: false};

		this.connections.add(connection);
		socket.setEncoding('utf8');
		socket.on('error', () => {});
		socket.on('close', () => this.connections.delete(connection));
		socket.on('data', (data) => {
			connection.text += data;
			for (let end; (end = connection.text.indexOf('\n\n')) >= 0;) {
				connection.queue.push(connection.text.slice(0, end));
				connection.text = connection.text.slice(end + 2);
			}
			this.peak = Math.max(this.peak, connection.queue.length);
			this.work(connection);
		});
		socket.write('Content-Type: auth/request\n\n');
	}

	// One command after the other, as a listener's thread does.
	async work(connection) {
		if (connection.busy)
			return;
		connection.busy = true;
		while (connection.queue.length && !connection.socket.destroyed) {
			const command = connection.queue.shift();

			if (this.delayMs)
				await new Promise((resolve) => setTimeout(resolve, this.delayMs));
			await this.command(connection, command);
		}
		connection.busy = false;
	}

	reply({socket}, text) {
		socket.write(`Content-Type: command/reply\nReply-Text: ${text}\n\n`);
	}

	async command(connection, line) {
		const [word] = line.split(' ', 1);

		if (line.includes('\n') || line.includes('\r'))
			this.bad.push(`more than one line: ${JSON.stringify(line)}`);
		if (word === 'auth') {
			this.logins++;
			connection.authenticated = line.slice(5) === this.password;
			this.reply(connection, connection.authenticated ? '+OK accepted' : '-ERR invalid');
			if (!connection.authenticated)
				connection.socket.end();
		} else if (!connection.authenticated) {
			this.bad.push(`before the log-in: ${line}`);
			connection.socket.end();
		} else if (word === 'event') {
			this.subscribe(connection, line);
		} else if (word === 'api') {
			const answer = await this.execute(line.slice(4));

			if (this.silent || connection.socket.destroyed)
				return;
			const bytes = Buffer.from(answer || '-ERR no reply\n');

			connection.socket.write(`Content-Type: api/response\nContent-Length: ${bytes.length}\n\n`);
			connection.socket.write(bytes);
		} else {
			this.bad.push(`unknown: ${line}`);
			this.reply(connection, '-ERR command not found');
		}
	}

	subscribe(connection, line) {
		const [, format, ...names] = line.split(' ');
		const custom = names.indexOf('CUSTOM');

		if (format !== 'plain' || names.length === 0)
			this.bad.push(`a subscription: ${line}`);
		connection.events = new Set(custom < 0 ? names : names.slice(0, custom + 1));
		connection.custom = new Set(custom < 0 ? [] : names.slice(custom + 1));
		this.reply(connection, '+OK event listener enabled plain');
	}

	async execute(text) {
		const at = text.indexOf(' ');
		const name = at < 0 ? text : text.slice(0, at);
		const rest = at < 0 ? '' : text.slice(at + 1);
		const handler = this.handlers.get(name) ?? this[`api_${name}`];

		this.commands.push(text);
		if (!handler) {
			this.bad.push(`unknown: api ${text}`);
			return `-ERR ${name} Command not found!\n`;
		}
		return handler.call(this, separate(rest), rest);
	}

	// ---- events ----

	// One event to those who want it: headers as an object, or text of a file of captured events.
	event(headers) {
		const text = typeof headers === 'string' ? headers
			: Object.entries(headers).map(([name, value]) => `${name}: ${encodeURIComponent(value)}`).join('\n');
		const header = (name) => decodeURIComponent(new RegExp(`^${name}: (.*)$`, 'm').exec(text)?.[1] ?? '');
		const body = Buffer.from(`${text.trimEnd()}\n\n`);

		for (const connection of this.connections) {
			const wanted = header('Event-Name') === 'CUSTOM' ? connection.custom.has(header('Event-Subclass'))
				: connection.events.has(header('Event-Name'));

			if (wanted) {
				connection.socket.write(`Content-Length: ${body.length}\nContent-Type: text/event-plain\n\n`);
				connection.socket.write(body);
			}
		}
	}

	// Captured events, one after the other; edit may change the text of each, '' leaves it out.
	play(captured, edit = (text) => text) {
		for (const block of captured.split('\n\n')) {
			const text = edit(block.split('\n').filter((line) => !line.startsWith('#')).join('\n').trim());

			if (text)
				this.event(text);
		}
	}

	// ---- what it asks of Centrex ----

	// mod_xml_curl: '' where there is no document, or it says "not found".
	ask(file, more = {}) {
		const {web} = this.centrex ?? {};
		const form = new URLSearchParams({hostname: this.name, section: 'configuration', tag_name: 'configuration',
			key_name: 'name', key_value: file, 'Event-Name': 'REQUEST_PARAMS', ...more}).toString();

		if (!web)
			return '';
		return new Promise((resolve) => {
			const request = http.request({host: '127.0.0.1', port: web.port, path: '/freeswitch/configuration',
				method: 'POST', agent: false, auth: CREDENTIALS,
				headers: {'content-type': 'application/x-www-form-urlencoded', 'content-length': form.length}}, (response) => {
				let body = '';

				response.setEncoding('utf8');
				response.on('data', (data) => { body += data; });
				response.on('end', () => resolve(response.statusCode === 200 && !/status="not found"/.test(body) ? body : ''));
			});

			request.on('error', () => resolve(''));
			request.end(form);
		});
	}

	// mod_callcenter.c, load_queue, load_agent, load_tier.
	takeQueues(xml, only) {
		for (const [, head, inside] of xml.matchAll(/<queue ([^>]*)>(.*?)<\/queue>/gs)) {
			const {name} = attributes(head);
			const params = Object.fromEntries(elements(inside, 'param').map((p) => [p.name, p.value]));

			if (only === undefined || name === only)
				this.queues.set(name, {strategy: params.strategy ?? 'longest-idle-agent', moh: params['moh-sound'] ?? '',
					limits: Object.fromEntries(Object.entries(LIMITS).map(([column, value]) =>
						[column, params[column.replaceAll('_', '-')] ?? value])),
					loads: (this.queues.get(name)?.loads ?? 0) + 1});
		}
	}

	takeAgents(xml) {
		for (const {name, type, contact, status, ...rest} of elements(xml, 'agent')) {
			const agent = this.agents.get(name) ?? this.addAgent(name, type);

			agent.contact = contact ?? agent.contact;
			agent.status = status ?? agent.status;
			for (const key of TIMINGS)
				agent[key] = rest[key.replaceAll('_', '-')] ?? agent[key];
			this.agents.set(name, agent);
		}
		for (const {queue, agent, level = '1', position = '1'} of elements(xml, 'tier'))
			if (this.agents.has(agent))
				this.tiers.set(tierKey(queue, agent), {queue, agent, level: Number(level), position: Number(position)});
	}

	// mod_callcenter.c, cc_agent_add.
	addAgent(name, type) {
		const agent = this.newAgent(name, type);

		this.agents.set(name, agent);
		this.event({'Event-Name': 'CUSTOM', 'Event-Subclass': 'callcenter::info', 'CC-Agent': name,
			'CC-Agent-Type': type, 'CC-Action': 'agent-add'});
		return agent;
	}

	newAgent(name, type) {
		return {name, instance_id: 'single_box', uuid: '', type, contact: '', status: 'Logged Out', state: 'Waiting'};
	}

	takeStreams(xml, only) {
		let n = 0;

		for (const {name, path} of elements(xml, 'directory'))
			if (only === undefined || name === only) {
				this.streams.set(name, path);
				n++;
			}
		return n;
	}

	// ---- commands ----

	api_uptime() {
		return '42\n';
	}

	api_module_exists([module]) {
		return this.modules.has(module) ? 'true' : 'false';
	}

	async api_load([module]) {
		const failed = `+OK Reloading XML\n-ERR [module load file routine returned an error]\n`;

		if (this.modules.has(module))
			return '+OK Reloading XML\n-ERR [Module already loaded]\n';
		if (module === 'mod_callcenter') {
			const xml = await this.ask('callcenter.conf');

			if (!xml)
				return failed;
			this.takeQueues(xml);
			this.takeAgents(xml);
		} else if (!this.takeStreams(await this.ask('local_stream.conf'))) {
			return failed;
		}
		this.modules.add(module);
		return '+OK Reloading XML\n+OK\n';
	}

	// mod_local_stream.c, local_stream_function.
	async api_local_stream([verb, name]) {
		if (!this.modules.has('mod_local_stream'))
			return '-ERR local_stream Command not found!\n';
		if (verb === 'show' && name === undefined)
			return [...this.streams].map(([stream, path]) => `${stream},${path}\n`).join('');
		if (verb === 'start')
			return this.streams.has(name) || this.takeStreams(await this.ask('local_stream.conf'), name)
				? `+OK stream: ${name}` : '';
		if (verb === 'stop')
			return this.streams.delete(name) ? '+OK' : `-ERR Cannot locate local_stream ${name}!\n`;
		this.bad.push(`local_stream ${verb} ${name}`);
		return '-USAGE: <show|start|reload|stop|hup> <local_stream_name>\n';
	}

	// mod_callcenter.c, cc_config_api_function.
	async api_callcenter_config(words, text) {
		const [section, verb, ...rest] = words;
		const handler = this[`cc_${section}_${verb}`];

		if (!this.modules.has('mod_callcenter'))
			return '-ERR callcenter_config Command not found!\n';
		if (words.length > 8)
			this.bad.push(`too many words: ${text}`);
		if (!handler) {
			this.bad.push(`callcenter_config ${text}`);
			return '-ERR Invalid!\n';
		}
		for (const word of rest)
			if (verb !== 'list' && REFUSED.test(word.replace(/^\[leg_timeout=\d+\]/, '')))
				this.bad.push(`not inert: ${text}`);
		return handler.apply(this, rest);
	}

	cc_queue_list(what, queue) {
		if (what === 'members')
			return this.membersOf(queue);
		if (what !== undefined)
			this.bad.push(`queue list ${what}`);
		const rows = [...this.queues].map(([name, {strategy, moh, limits = LIMITS}]) =>
			`${name}|${strategy}|${moh}|system|${limits.tier_rules_apply}|${limits.tier_rule_wait_second}|` +
			`${limits.tier_rule_wait_multiply_level}|${limits.tier_rule_no_agent_no_wait}|60|false|` +
			`${limits.max_wait_time}|${limits.max_wait_time_with_no_agent}|` +
			`${limits.max_wait_time_with_no_agent_time_reached}|(null)|0|0|0|true|On Break\n`);

		return `${QUEUE_COLUMNS}\n${rows.join('')}+OK\n`;
	}

	membersOf(queue) {
		const rows = this.members.filter((member) => member.queue === queue).map((member) =>
			MEMBER_COLUMNS.map((column) => member[column] ?? '0').join('|') + '\n');

		return `${rows.length ? `${MEMBER_COLUMNS.join('|')}\n` : ''}${rows.join('')}+OK\n`;
	}

	cc_agent_list() {
		const rows = [...this.agents.values()].map((agent) =>
			AGENT_COLUMNS.map((column) => agent[column] ?? '0').join('|') + '\n');

		return `${rows.length ? `${AGENT_COLUMNS.join('|')}\n` : ''}${rows.join('')}+OK\n`;
	}

	cc_tier_list() {
		const rows = [...this.tiers.values()].map((t) => `${t.queue}|${t.agent}|Ready|${t.level}|${t.position}\n`);

		return `${rows.length ? 'queue|agent|state|level|position\n' : ''}${rows.join('')}+OK\n`;
	}

	async cc_queue_load(name) {
		const xml = await this.ask('callcenter.conf', {'CC-Queue': name});
		const loads = this.queues.get(name)?.loads;

		this.takeQueues(xml, name);
		if (!this.queues.has(name) || this.queues.get(name).loads === loads)
			return '-ERR Invalid Queue not found!\n';
		this.takeAgents(xml);
		return '+OK\n';
	}

	cc_queue_unload(name) {
		if (!this.queues.delete(name))
			this.bad.push(`unloaded, and not there: ${name}`);
		return '+OK\n';
	}

	cc_queue_reload(name) {
		this.bad.push(`queue reload ${name}`);
		return '+OK\n';
	}

	cc_agent_add(name, type) {
		if (!['Callback', 'uuid-standby'].includes(type))
			return '-ERR Agent type invalid!\n';
		if (this.agents.has(name))
			return '-ERR Agent already exist!\n';
		this.addAgent(name, type);
		return '+OK\n';
	}

	cc_agent_set(key, name, value) {
		const agent = this.agents.get(name);

		if (value === undefined)
			return '-ERR Invalid!\n';
		if (!agent)
			return '-ERR Agent not found!\n';
		if (key === 'status' && !STATUSES.includes(value))
			return '-ERR Invalid Agent Status!\n';
		if (!['status', 'state', 'contact', ...TIMINGS].includes(key))
			return '-ERR Invalid Agent Update KEY!\n';
		agent[key] = TIMINGS.includes(key) ? String(Number.parseInt(value, 10) || 0) : value;
		if (key === 'status')
			this.event({'Event-Name': 'CUSTOM', 'Event-Subclass': 'callcenter::info', 'CC-Agent': name,
				'CC-Action': 'agent-status-change', 'CC-Agent-Status': value});
		return '+OK\n';
	}

	cc_agent_del(name) {
		if (!this.agents.delete(name))
			this.bad.push(`removed, and not there: ${name}`);
		for (const [key, {agent}] of this.tiers)
			if (agent === name)
				this.tiers.delete(key);
		return '+OK\n';
	}

	cc_tier_add(queue, agent, level = '1', position = '1') {
		if (!this.queues.has(queue))
			return '-ERR Queue not found!\n';
		if (!this.agents.has(agent))
			return '-ERR Agent not found!\n';
		if (this.tiers.has(tierKey(queue, agent)))
			return '-ERR Tier already exist!\n';
		this.tiers.set(tierKey(queue, agent), {queue, agent, level: Number(level), position: Number(position)});
		return '+OK\n';
	}

	cc_tier_set(key, queue, agent, value) {
		const tier = this.tiers.get(tierKey(queue, agent));

		if (value === undefined)
			return '-ERR Invalid!\n';
		if (!tier)
			return '-ERR Unknown Error!\n';
		if (!['level', 'position', 'state'].includes(key))
			return '-ERR Invalid Tier Update KEY!\n';
		tier[key] = Number(value);
		return '+OK\n';
	}

	cc_tier_del(queue, agent) {
		if (!this.tiers.delete(tierKey(queue, agent)))
			this.bad.push(`removed, and not there: ${queue} ${agent}`);
		return '+OK\n';
	}

	// ---- calls and phones: nothing is there, unless a test says so ----

	api_show(words) {
		return words.at(-1) === 'json' ? '{"row_count":0}\n' : '\n0 total.\n';
	}

	api_sofia(words) {
		return words[0] === 'xmlstatus'
			? '<?xml version="1.0" encoding="ISO-8859-1"?>\n<profile>\n  <registrations>\n  </registrations>\n</profile>\n'
			: '+OK\n';
	}

	api_uuid_kill([uuid]) {
		return uuid ? '+OK\n' : '-USAGE: <uuid> [cause]\n';
	}

	api_uuid_exists() {
		return 'false';
	}
}
