// REGISTER with digest, 100,000 phones in ten tenants: Centrex against Kamailio with registrations
// and users in memory. Centrex also writes each registration to PostgreSQL (behind), whose CPU is
// shown apart. Compared: rate, and CPU time of the server's processes per REGISTER.

import {startKamailio} from './calls.mjs';
import {addPhones, cpuMicroseconds, domains, family, interleave, loadJson, median, program, quick, report, startCentrex} from './lib.mjs';

const PHONES = quick ? 5_000 : 100_000;
const ROUNDS = quick ? 1 : 3;
const WINDOW = 64;
const names = domains(10);

const centrex = await startCentrex();
await addPhones(centrex, names, PHONES);
const engine = centrex.pid('sip');
const sides = {
	Centrex: {
		port: centrex.sip.udp,
		pids: () => [engine],
		others: () => family(centrex.pid('postgres')),
	},
	Kamailio: await startKamailio(PHONES),
};

console.log(`REGISTER with digest, ${PHONES} phones, ${WINDOW} under way`);
const results = await interleave(Object.keys(sides), ROUNDS, async (side) => {
	const {port, pids, others} = sides[side];
	const measured = pids();
	const beside = others?.() ?? [];
	const before = cpuMicroseconds(measured), besideBefore = cpuMicroseconds(beside);
	const result = await loadJson(program('load_register'), [port, names.join(','), 0, PHONES, WINDOW]);

	result.cpu_us = Number(((cpuMicroseconds(measured) - before) / PHONES).toFixed(2));
	if (others)
		result.postgresql_us = Number(((cpuMicroseconds(others().filter((pid) => beside.includes(pid))) - besideBefore) / PHONES).toFixed(2));
	return result;
});
const middle = (side, what) => median(results[side].map((r) => r[what]));

report(`REGISTER with digest, ${PHONES} phones (a round: challenge and answer)`, 'Kamailio 5.6', [
	['rate', middle('Centrex', 'rate'), middle('Kamailio', 'rate'), 'phones a second', true],
	['CPU of the server', middle('Centrex', 'cpu_us'), middle('Kamailio', 'cpu_us'), 'us a phone', false],
]);
console.log(`PostgreSQL beside Centrex: ${middle('Centrex', 'postgresql_us')} us a phone.`);
await sides.Kamailio.stop();
await centrex.stop();
