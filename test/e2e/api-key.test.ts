import {readFileSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {gunzipSync} from 'node:zlib';
import {beforeEach, expect, test} from 'vitest';
import {z} from 'zod';
import {filesBelow} from '../harness/files-below.ts';
import {type GantryHome, openHome} from '../harness/gantry-home.ts';
import {allPids, commandOf} from '../harness/processes.ts';

const key = 'sk-e2e-5f1c9a-0123456789';
let home: GantryHome;
beforeEach(async () => {
  home = await openHome();
});

/** Where the key may be: its own file, and one for the run that has it. */
const keyFiles = /^state\/(?:runs\/[^/]+\/)?api-key$/;

/** Every file that holds the text; those that may hold it must be for their owner only. */
function filesWith(text: string): readonly string[] {
  return filesBelow(home.directory).flatMap(({name, bytes, mode}) => {
    if (!bytes.includes(text)) return [];
    const relative = path.relative(home.directory, name);
    return [keyFiles.test(relative) && mode === 0o600 ? 'api-key' : relative];
  });
}

/** Command lines of all processes, as any user reads them. */
function commandLines(): string {
  return allPids().map(commandOf).join('\n');
}

const models = async (withKey?: string): Promise<number> => {
  const headers: Record<string, string> = withKey === undefined ? {} : {authorization: `Bearer ${withKey}`};
  return (await fetch(`http://127.0.0.1:${home.port}/v1/models`, {headers})).status;
};

test('an engine that requires a key becomes ready, and the key is in no file but its own', async () => {
  await home.demo(['--speed', '400'], {VLLM_API_KEY: key});
  const snapshot = await home.waitForState('ready');
  expect(await models()).toBe(401);
  expect(JSON.stringify(snapshot)).not.toContain(key);
  expect([...new Set(filesWith(key))]).toEqual(['api-key']);
  expect(commandLines()).not.toContain(key);
});

const refusalSchema = z.object({error: z.object({code: z.string(), remedy: z.string()})});
const rotatedSchema = z.object({file: z.string(), isRunning: z.boolean(), key: z.string().optional()});

async function rotateKey(): Promise<string> {
  const rotated = await home.run(['config', 'rotate-key', '--json']);
  expect(rotated.exitCode, rotated.stderr).toBe(0);
  const {file, key: shown} = rotatedSchema.parse(JSON.parse(rotated.stdout));
  expect(shown).toBe(undefined);
  return readFileSync(file, 'utf8').trim();
}

test('an engine for the network is refused without a key; a new key opens it, and each run keeps its own', async () => {
  home.configure('engine: {host: 0.0.0.0}');
  const demo = ['demo', '--detach', '--json', '--speed', '400'];
  const refused = await home.run(demo);
  expect(refused.exitCode).toBe(1);
  const {error} = refusalSchema.parse(JSON.parse(refused.stdout));
  expect(error).toMatchObject({
    code: 'preflight.open-to-network',
    remedy: expect.stringContaining('gantry config rotate-key'),
  });
  const text = await home.run(['config', 'rotate-key']);
  const first = readFileSync(path.join(home.directory, 'state', 'api-key'), 'utf8').trim();
  expect(text.stdout).toContain('api-key');
  expect(text.stdout + text.stderr).not.toContain(first);
  await home.demo(['--speed', '400']);
  await home.waitForState('ready');
  expect([await models(), await models(first)]).toEqual([401, 200]);
  const second = await rotateKey();
  expect(second).not.toBe(first);
  // The next supervisor asks the running engine with the key that it has.
  await home.killSupervisor();
  await home.until('metrics of the engine', ({sources}) => sources.metrics.state === 'ok');
  expect(await models(first)).toBe(200);
  const restarted = await home.run(['restart', '--wait']);
  expect(restarted.exitCode, restarted.stderr).toBe(0);
  expect([await models(first), await models(second)]).toEqual([401, 200]);
  const report = path.join(home.directory, 'report.tar.gz');
  expect((await home.run(['report', '--output', report])).exitCode).toBe(0);
  expect(gunzipSync(readFileSync(report)).includes(second)).toBe(false);
  expect([...new Set(filesWith(second))]).toEqual(['api-key']);
  expect(filesWith(first)).toEqual([]);
  expect(commandLines()).not.toContain(second);
  const shown = await home.run(['config', 'rotate-key', '--show', '--json']);
  const third = rotatedSchema.parse(JSON.parse(shown.stdout));
  expect(third).toMatchObject({isRunning: true, key: readFileSync(third.file, 'utf8').trim()});
});

test('what listens is shown, not what was asked for: an engine that is open to the network is a critical finding', async () => {
  await home.demo(['--speed', '400']);
  await home.waitForState('ready');
  const {engine} = await home.until('the addresses', ({engine: {access}}) => access?.guard === 'open');
  expect(engine).toMatchObject({
    endpoint: `http://127.0.0.1:${home.port}/v1`,
    access: {addresses: ['127.0.0.1'], isWide: false},
  });
  // The engine no longer does what its settings say.
  const program = path.join(home.directory, 'state', 'simulated-node', 'vllm');
  writeFileSync(program, readFileSync(program, 'utf8').replace('"$@"', '"$@" --host 0.0.0.0'));
  const restarted = await home.run(['restart', '--wait']);
  expect(restarted.exitCode, restarted.stderr).toBe(0);
  const open = await home.until('the finding', ({findings}) =>
    findings.some(({code, severity}) => code === 'engine.open-to-network' && severity === 'critical'),
  );
  expect(open.engine).toMatchObject({
    state: 'ready',
    endpoint: `http://0.0.0.0:${home.port}/v1`,
    access: {addresses: ['0.0.0.0'], isWide: true, guard: 'open'},
  });
  const status = await home.run(['status']);
  expect(status.stdout).toContain(`0.0.0.0:${home.port}, no key`);
  expect(status.stdout).not.toContain(`127.0.0.1:${home.port}`);
  const doctor = await home.run(['doctor']);
  expect(doctor.exitCode).toBe(1);
  expect(doctor.stdout).toContain(`0.0.0.0:${home.port}, no key`);
});

test('SGLang, which prints its key into its log, shows it nowhere else', async () => {
  home.configure('engine: {name: sglang, host: 0.0.0.0}');
  const key = await rotateKey();
  await home.demo(['--speed', '400', '--engine', 'sglang']);
  await home.waitForState('ready');
  expect([await models(), await models(key)]).toEqual([401, 200]);
  await home.until('the key to guard it', ({engine}) => engine.access?.guard === 'key' && engine.access.isWide);
  const logs = await home.run(['logs', '-n', '1000']);
  expect([logs.stdout.includes('server_args='), logs.stdout.includes(key)]).toEqual([true, false]);
  const report = path.join(home.directory, 'report.tar.gz');
  expect((await home.run(['report', '--output', report])).exitCode).toBe(0);
  expect(gunzipSync(readFileSync(report)).includes(key)).toBe(false);
  expect(commandLines()).not.toContain(key);
  expect([...new Set(filesWith(key))].map((file) => path.basename(file)).toSorted()).toEqual([
    'api-key',
    'api-key.yaml',
    'engine.log',
  ]);
});
