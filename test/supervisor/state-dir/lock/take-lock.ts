import {once} from 'node:events';
import {acquireSupervisorLock} from '../../../../src/supervisor/state-dir/lock/supervisor-lock.ts';

// One starter of a race: says that it is there, tries to take the lock at a word, says how it went, and holds on.
const [stateDir = ''] = process.argv.slice(2);
process.stdout.write('there\n');
await once(process.stdin, 'data');
const lock = await acquireSupervisorLock({stateDir});
process.stdout.write(`${lock.ok ? 'won' : lock.error.code}\n`);
setInterval(() => {}, 1_000);
