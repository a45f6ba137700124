import {expect, test} from 'vitest';
import {z} from 'zod';
import type {Event} from '../../src/api/event-schema.ts';
import {engineNames} from '../../src/engines/engine-names.ts';
import {isPresent} from '../../src/samples/reading.ts';
import {eventually} from '../harness/eventually.ts';
import {type GantryHome, openHome} from '../harness/gantry-home.ts';
import {commandOf, processesWith} from '../harness/processes.ts';

const ROUNDS = 12;

const reportSchema = z.object({
  checks: z.array(z.object({name: z.string(), detail: z.string(), finding: z.unknown()})),
});

/** A serving simulated node, whose own workers the driver lists. */
async function serving(words: readonly string[] = ['--speed', '400']): Promise<GantryHome> {
  const home = await openHome();
  await home.demo(words);
  await home.waitForState('ready');
  await home.until('the workers to be listed', ({gpus}) =>
    gpus.every(({processes}) => isPresent(processes) && processes.length > 0),
  );
  return home;
}

const appeared = (events: readonly Event[]): readonly unknown[] =>
  events.filter(({code}) => code === 'finding.appeared').map(({details}) => details['finding']);

/** The long-lived query of the supervisor. */
function streamPid(home: GantryHome): number {
  const pid = processesWith(home.directory).find((one) => commandOf(one).includes('-lms'));
  if (pid === undefined) throw new Error('no stream of nvidia-smi');
  return pid;
}

test('gantry doctor and gantry status on a serving node: exit 0 and not a word against it, every time', async () => {
  const home = await serving();
  for (let round = 0; round < ROUNDS; round += 1) {
    const [doctor, status] = await Promise.all([home.run(['doctor', '--json']), home.run(['status', '--json'])]);
    const {checks} = reportSchema.parse(JSON.parse(doctor.stdout));
    expect(checks.filter(({finding}) => finding !== null)).toEqual([]);
    expect([doctor.exitCode, status.exitCode]).toEqual([0, 0]);
    expect(JSON.parse(status.stdout)).toMatchObject({engine: {state: 'ready'}, findings: []});
  }
  expect(appeared(await home.events())).toEqual([]);
});

test('gantry doctor judges the engine that serves, also without a supervisor, not the one in the configuration', async () => {
  const home = await serving(['--speed', '400', '--engine', 'llamacpp']);
  home.configure('engine: {name: sglang, tensorParallelSize: 2, port: 1}');
  await home.until('the difference', ({findings}) => findings.some(({code}) => code === 'configuration.differs'));
  const examine = async (): Promise<void> => {
    const {exitCode, stdout} = await home.run(['doctor', '--json']);
    const {checks} = reportSchema.parse(JSON.parse(stdout));
    // That it differs is all that is wrong.
    expect(checks.filter(({name, finding}) => finding !== null && name !== 'configuration')).toEqual([]);
    expect(exitCode).toBe(0);
    expect(checks.find(({name}) => name === 'port')?.detail).toContain(String(home.port));
  };
  await examine();
  await home.killSupervisor();
  await examine();
});

test('nvidia-smi stopped for five seconds, the supervisor for ten: only the age of the readings says it', async () => {
  const home = await serving();
  const stream = streamPid(home);
  process.kill(stream, 'SIGSTOP');
  await home.until('readings of more than five seconds', ({sources}) => Number(sources.gpus.ageMs) > 5_000);
  process.kill(stream, 'SIGCONT');
  await home.until('fresh readings', ({sources}) => sources.gpus.state === 'ok');
  const {supervisor} = await home.snapshot();
  const stoppedAtMs = Date.now();
  process.kill(supervisor.pid, 'SIGSTOP');
  await eventually(() => Date.now() - stoppedAtMs > 10_000, 'ten seconds');
  process.kill(supervisor.pid, 'SIGCONT');
  await home.until('fresh readings', ({sources, takenAtMs}) => sources.gpus.state === 'ok' && takenAtMs > stoppedAtMs);
  const {findings, engine} = await home.snapshot();
  expect([engine.state, findings]).toEqual(['ready', []]);
  expect(appeared(await home.events())).toEqual([]);
});

test('after a stop and a new start no process of the engine was ever foreign', async () => {
  const home = await serving();
  await home.run(['down']);
  await home.demo(['--speed', '400']);
  await home.waitForState('ready');
  await home.killSupervisor();
  await home.waitForState('ready');
  const {engine} = await home.snapshot();
  if (engine.pid !== null) process.kill(engine.pid, 'SIGKILL');
  await home.untilEvent(
    'the engine to be ready again',
    ({code, runId}) => code === 'engine.ready' && runId !== engine.runId,
  );
  expect(appeared(await home.events())).not.toContain('gpu.foreign-process');
});

test.each(engineNames)('a GPU that %s loses is found by its own words', async (engine) => {
  const home = await openHome();
  await home.demo(['--speed', '400', '--scenario', 'lost-gpu', '--engine', engine]);
  const {message} = await home.untilEvent(
    'the GPU to be lost',
    ({code, details}) => code === 'finding.appeared' && details['finding'] === 'source.nvidia-smi.gpu-lost',
  );
  expect(message).toMatch(/^GPU 3 .*lost/);
});
