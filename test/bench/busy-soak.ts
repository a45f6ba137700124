import {spawn} from 'node:child_process';
import {availableParallelism} from 'node:os';
import {setTimeout as delay} from 'node:timers/promises';
import type {GantryHome} from '../harness/gantry-home.ts';
import {commandOf, isAlive, processesWith} from '../harness/processes.ts';

/** Runnable processes for each core. */
const LOAD_PER_CORE = 8;
const SECONDS_BETWEEN_STOPS = 20;
/** Findings that a busy host must not raise. */
const falseAlarms = /^(?:source\.|gpu\.|lifecycle\.|engine\.no-progress|supervisor\.)/;

/**
 * The simulated node at its own speed, with every core loaded, and with the sampler or the supervisor stopped now and
 * then. Nothing is wrong with the node: throws if a finding says otherwise, or doctor or status do.
 */
export async function soakBusy(home: GantryHome, minutes: number, random: () => number): Promise<void> {
  const load = Array.from({length: availableParallelism() * LOAD_PER_CORE}, () =>
    spawn(process.execPath, ['-e', 'for (;;);'], {stdio: 'ignore'}),
  );
  try {
    await home.run(['demo', '--detach', '--speed', '20']);
    await home.waitForState('ready', 300_000);
    const endMs = performance.now() + minutes * 60_000;
    let stops = 0;
    while (performance.now() < endMs) {
      await delay(random() * 2 * SECONDS_BETWEEN_STOPS * 1_000);
      await stopForAWhile(home, random);
      stops += 1;
      await examine(home);
    }
    const told = (await home.events()).filter(({code}) => code === 'finding.appeared');
    const wrong = told.filter(({details}) => falseAlarms.test(String(details['finding'])));
    console.log(`${stops} stops in ${minutes} minutes under ${load.length} busy processes; ${told.length} findings`);
    if (wrong.length > 0) throw new Error(`false alarms: ${wrong.map(({message}) => message).join(' ')}`);
  } finally {
    for (const one of load) one.kill('SIGKILL');
  }
}

/** Stops nvidia-smi for five seconds, or the supervisor for up to thirty. */
async function stopForAWhile(home: GantryHome, random: () => number): Promise<void> {
  const isSampler = random() < 0.7;
  const stream = processesWith(home.directory).find((pid) => commandOf(pid).includes('-lms'));
  const pid = isSampler ? stream : (await home.snapshot()).supervisor.pid;
  if (pid === undefined || !isAlive(pid)) return;
  process.kill(pid, 'SIGSTOP');
  await delay(isSampler ? 5_000 : random() * 30_000);
  if (isAlive(pid)) process.kill(pid, 'SIGCONT');
}

async function examine(home: GantryHome): Promise<void> {
  for (const command of ['doctor', 'status']) {
    const {exitCode, stdout, stderr} = await home.run([command]);
    if (exitCode !== 0) throw new Error(`gantry ${command} exited with ${exitCode}: ${stdout}${stderr}`);
  }
}
