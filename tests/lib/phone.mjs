// A phone made of raw SIP: registers with digest, calls, is called, and shows every message. For
// flows that baresip and sipp cannot be told to do, and for many phones at once.
//
//   const phone = await Phone.open({account: tenant.phones[101], port: centrex.sip.udp});
//   await phone.register();
//   const call = await phone.invite('102'); await call.answered(); await call.bye();
//   const incoming = await other.incoming(); incoming.ring(); await incoming.answer();

import assert from 'node:assert/strict';

import {RtpSocket, audioSdp} from './rtp.mjs';
import {SipSocket, addressUri, authorization, branch, cseq, format, pickChallenge, response, tag, token} from './sip.mjs';

const MAGIC = 'z9hG4bK';

export class Phone {
	static async open({account, transport = 'udp', host, port, localPort, localAddress, user, expires = 300}) {
		const phone = new Phone();

		phone.account = account;
		phone.expires = expires;
		phone.user = user ?? account.number;
		phone.socket = await SipSocket.open({transport, host, port, localPort, localAddress});
		phone.aor = `sip:${phone.user}@${account.domain}`;
		phone.contact = `sip:${phone.user}@${phone.socket.contact}`;
		phone.registration = {callId: `${token()}@test`, cseq: 0, tag: token(4)};
		phone.nc = 0;
		// What every phone answers by itself.
		phone.socket.handlers.push((m) => phone.#automatic(m));
		return phone;
	}

	#automatic(message) {
		if (message.request && message.method === 'OPTIONS' && this.answerOptions !== false) {
			this.socket.send(response(message, 200, 'OK'));
			return true;
		}
		return false;
	}

	// One request, not sent. headers replace or follow the usual ones; null leaves one out.
	build(method, {uri, to, from, callId, number, body = '', headers = [], viaBranch}) {
		const id = viaBranch ?? `${MAGIC}${token()}`;
		const given = new Map(headers.map(([name]) => [name.toLowerCase(), true]));
		const usual = [
			['Via', `${this.socket.via};branch=${id}`],
			['Max-Forwards', 70],
			['From', from],
			['To', to],
			['Call-ID', callId],
			['CSeq', `${number} ${method}`],
		].filter(([name]) => !given.has(name.toLowerCase()));

		return {branch: id, text: format(`${method} ${uri} SIP/2.0`, [...usual, ...headers], body)};
	}

	// Sends; answers one 401 or 407 with the account's credentials; returns the final response.
	// options: as build(), and algorithm, credentials {username, password}, auth (overrides).
	async ask(method, options) {
		const first = this.build(method, options);

		this.socket.send(first.text);
		const reply = await this.socket.response(first, options);
		if (reply.status !== 401 && reply.status !== 407)
			return reply;
		const again = this.withCredentials(method, options, reply);
		this.socket.send(again.text);
		return this.socket.response(again, options);
	}

	withCredentials(method, options, challenged) {
		const {username, password} = options.credentials ?? this.account;
		const header = challenged.status === 401 ? 'Authorization' : 'Proxy-Authorization';
		const value = authorization({
			challenge: pickChallenge(challenged, options.algorithm),
			method,
			uri: options.uri,
			username,
			password,
			nc: 1,
			overrides: options.auth,
		});

		options.number++;
		return this.build(method, {...options, headers: [...(options.headers ?? []), [header, value]]});
	}

	// REGISTER; returns the final response and demands nothing.
	async tryRegister({expires = this.expires, contact = `<${this.contact}>`, aor = this.aor, headers = [], ...options} = {}) {
		const state = this.registration;
		const request = {
			uri: `sip:${this.account.domain}`,
			to: `<${aor}>`,
			from: `<${aor}>;tag=${state.tag}`,
			callId: state.callId,
			number: ++state.cseq,
			headers: [
				...(contact === null ? [] : [['Contact', contact]]),
				...(expires === null ? [] : [['Expires', expires]]),
				...headers,
			],
			...options,
		};
		const reply = await this.ask('REGISTER', request);

		state.cseq = request.number;
		return reply;
	}

	async register(options) {
		const reply = await this.tryRegister(options);

		assert.equal(reply.status, 200, reply.raw);
		return reply;
	}

	unregister(options) {
		return this.register({expires: 0, ...options});
	}

	// Calls number (or a whole sip: URI). options: sdp (text; null for none; default: an offer of
	// PCMA on a new RTP socket), headers, name (as it stands in From, quotes included), callId. Returns the Call, INVITE sent and authenticated.
	async invite(target, {sdp, headers = [], name = `"${this.account.number}"`, callId = `${token()}@test`, ...options} = {}) {
		const uri = target.includes(':') ? target : `sip:${target}@${this.account.domain}`;
		const call = new Call(this, {
			uri,
			callId,
			local: `${name} <${this.aor}>;tag=${token(4)}`,
			remote: `<${uri}>`,
			caller: true,
		});

		const {address} = this.socket;

		call.rtp = sdp === undefined ? await RtpSocket.open(address) : undefined;
		await call.sendInvite({sdp: sdp === undefined ? audioSdp(call.rtp.port, {address}) : sdp, headers, ...options});
		return call;
	}

	// The next INVITE that comes, as a Call. 100 is not sent: the network is short.
	async incoming({timeoutMs} = {}) {
		const request = await this.socket.next((m) => m.request && m.method === 'INVITE' &&
			!tag(m.header('to')), `an INVITE for ${this.user}`, timeoutMs);
		const localTag = token(4);
		const call = new Call(this, {
			uri: addressUri(request.header('contact')),
			callId: request.header('call-id'),
			local: `${request.header('to')};tag=${localTag}`,
			remote: request.header('from'),
			caller: false,
			localTag,
			routes: request.all('record-route'),
		});

		call.request = request;
		return call;
	}

	close() {
		this.socket.close();
	}
}

// One dialog as the phone sees it.
export class Call {
	constructor(phone, state) {
		Object.assign(this, {number: 1, routes: [], responses: []}, state);
		this.phone = phone;
		this.socket = phone.socket;
	}

	#options(extra = {}) {
		return {
			uri: this.uri,
			to: this.remote,
			from: this.local,
			callId: this.callId,
			number: this.number,
			...extra,
			headers: [
				...this.routes.map((route) => ['Route', route]),
				['Contact', `<${this.phone.contact}>`],
				...(extra.body ? [['Content-Type', 'application/sdp']] : []),
				...(extra.headers ?? []),
			],
		};
	}

	mine(message) {
		return message.header('call-id') === this.callId;
	}

	async sendInvite({sdp, headers = [], algorithm, timeoutMs} = {}) {
		const options = this.#options({body: sdp ?? '', headers, algorithm});
		let sent = this.phone.build('INVITE', options);

		this.socket.send(sent.text);
		const reply = await this.socket.next((m) => !m.request && branch(m) === sent.branch && m.status !== 100,
			'an answer to INVITE', timeoutMs);
		if (reply.status === 401 || reply.status === 407) {
			this.#ackFailure(sent, reply);
			sent = this.phone.withCredentials('INVITE', options, reply);
			this.number = options.number;
			this.socket.send(sent.text);
		} else {
			this.socket.inbox.push(reply);
		}
		this.invite = sent;
		this.inviteNumber = this.number;
	}

	#ackFailure(sent, reply) {
		const ack = this.phone.build('ACK', {
			uri: this.uri,
			to: reply.header('to'),
			from: this.local,
			callId: this.callId,
			number: cseq(reply),
			viaBranch: sent.branch,
		});

		this.socket.send(ack.text);
	}

	// Waits for a provisional response with this status.
	async progress(status = 180, timeoutMs = 10_000) {
		return this.socket.next((m) => !m.request && branch(m) === this.invite.branch && m.status === status,
			`a ${status} to INVITE`, timeoutMs);
	}

	// The final response to our INVITE, acknowledged.
	async final(timeoutMs = 15_000) {
		const reply = await this.socket.next((m) => !m.request && branch(m) === this.invite.branch && m.status >= 200,
			'a final response to INVITE', timeoutMs);

		this.finalReply = reply;
		if (reply.status >= 300) {
			this.#ackFailure(this.invite, reply);
			return reply;
		}
		this.remote = reply.header('to');
		this.uri = addressUri(reply.header('contact')) ?? this.uri;
		this.routes = reply.all('record-route').reverse();
		this.ack();
		this.rtp?.connect(reply.body);
		return reply;
	}

	ack({body = ''} = {}) {
		const ack = this.phone.build('ACK', {...this.#options({body}), number: this.inviteNumber});

		this.socket.send(ack.text);
	}

	async answered(timeoutMs) {
		const reply = await this.final(timeoutMs);

		assert.equal(reply.status, 200, reply.raw);
		return reply;
	}

	// Called side.
	reply(status, reason, {request = this.request, body = '', headers = []} = {}) {
		this.socket.send(response(request, status, reason, {
			toTag: this.localTag,
			body,
			headers: [
				['Contact', `<${this.phone.contact}>`],
				...(body ? [['Content-Type', 'application/sdp']] : []),
				...headers,
			],
		}));
	}

	ring(options) {
		this.reply(180, 'Ringing', options);
	}

	// 200 with an answer to the offer; waits for the ACK.
	async answer({sdp, timeoutMs} = {}) {
		const {address} = this.socket;

		if (sdp === undefined) {
			this.rtp = await RtpSocket.open(address);
			this.rtp.connect(this.request.body);
		}
		this.reply(200, 'OK', {body: sdp ?? audioSdp(this.rtp.port, {address})});
		await this.socket.next((m) => m.request && m.method === 'ACK' && this.mine(m), 'an ACK', timeoutMs);
	}

	// A request inside the dialog; returns its final response.
	async send(method, {body = '', headers = [], timeoutMs} = {}) {
		this.number++;
		return this.phone.ask(method, {...this.#options({body, headers}), timeoutMs});
	}

	async reinvite(sdp) {
		this.number++;
		await this.sendInvite({sdp});
		return this.final();
	}

	async cancel() {
		const cancel = this.phone.build('CANCEL', {
			uri: this.uri,
			to: this.remote,
			from: this.local,
			callId: this.callId,
			number: this.inviteNumber,
			viaBranch: this.invite.branch,
		});

		this.socket.send(cancel.text);
		return this.socket.next((m) => !m.request && / CANCEL$/.test(m.header('cseq')) && this.mine(m), 'a response to CANCEL');
	}

	async bye() {
		const reply = await this.send('BYE');

		this.rtp?.close();
		return reply;
	}

	// Waits for a request of the other side in this dialog; BYE and CANCEL are answered here.
	async expect(method, timeoutMs) {
		const request = await this.socket.next((m) => m.request && m.method === method && this.mine(m), `a ${method}`, timeoutMs);

		if (method === 'BYE' || method === 'CANCEL')
			this.reply(200, 'OK', {request});
		if (method === 'CANCEL')
			this.reply(487, 'Request Terminated');
		if (method === 'BYE')
			this.rtp?.close();
		return request;
	}
}
