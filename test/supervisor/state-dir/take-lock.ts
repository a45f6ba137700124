import {acquireSupervisorLock} from '../../../src/supervisor/state-dir/supervisor-lock.ts';

// One starter of a race: waits for the common moment, tries to take the lock, says how it went, and holds on.
const [stateDir = '', startAtMs = '0'] = process.argv.slice(2);
while (Date.now() < Number(startAtMs));
const lock = await acquireSupervisorLock({stateDir});
process.stdout.write(`${lock.ok ? 'won' : lock.error.code}\n`);
setInterval(() => {}, 1_000);
