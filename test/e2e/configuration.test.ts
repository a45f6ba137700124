import {rmSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {expect, test} from 'vitest';
import {z} from 'zod';
import {configurationViewSchema} from '../../src/api/configuration-view.ts';
import {detailsOf} from '../../src/domain/diagnosis/details/details.ts';
import {findingSchema} from '../../src/domain/diagnosis/finding.ts';
import {checkSchema} from '../../src/domain/preflight/check.ts';
import {type GantryHome, openHome} from '../harness/gantry-home.ts';

test('an edit is in force without a restart, and an invalid file is a finding that gantry status shows', async () => {
  const home = await openHome();
  home.configure('cost: {nodeUsdPerHour: 28.8}');
  await home.demo(['--speed', '400']);
  await home.waitForState('ready');
  home.configure('cost: {nodeUsdPerHour: 30}\nengine: {contextLengthTokens: 64K}');
  await home.until('the new price', ({cost}) => cost.nodeUsdPerHour === 30);
  await home.until('the pending context', ({findings}) => findings.some(({code}) => code === 'configuration.differs'));
  expect(await shownRow(home, 'engine.contextLengthTokens')).toMatchObject({
    value: 262_144,
    isPending: true,
    configured: {value: 65_536, origin: {from: 'file', place: expect.stringMatching(/gantry\.yaml:2:31$/)}},
  });
  home.configure('cost: {nodeUsdPerHour: free}');
  await home.until('the finding', ({findings}) => findings.some(({code}) => code === 'configuration.not-in-force'));
  const text = await home.run(['config']);
  expect([text.exitCode, text.stdout.includes('its last valid version is in force')], text.stderr).toEqual([0, true]);
  expect(text.stderr).toContain('gantry.yaml:1:24');
  const status = await home.run(['status']);
  expect(status.exitCode, status.stderr).toBe(0);
  expect((await home.snapshot()).cost.nodeUsdPerHour).toBe(30);
  home.configure('cost: {nodeUsdPerHour: 30}\nengine: {contextLengthTokens: 64K}');
  await home.until('the end of the finding', ({configuration}) => configuration.isInForce);
  const restarted = await home.run(['restart', '--wait', '--json']);
  expect(restarted.exitCode, restarted.stdout).toBe(0);
  const {engine, findings} = await home.snapshot();
  expect(engine.settings?.contextLengthTokens).toBe(65_536);
  expect(findings.map(({code}) => code)).not.toContain('configuration.differs');
});

const BROKEN = 'cost: {nodeUsdPerHour: free}';

test('doctor names a pending difference, and commands with another configuration say that it is not in force', async () => {
  const home = await openHome();
  home.configure('cost: {nodeUsdPerHour: 28.8}');
  await home.demo(['--speed', '400']);
  await home.waitForState('ready');
  home.configure('cost: {nodeUsdPerHour: 28.8}\nengine: {kvCacheDtype: fp8}');
  await home.until('the difference', ({findings}) => findings.some(({code}) => code === 'configuration.differs'));
  const doctor = await home.run(['doctor', '--json']);
  expect(doctor.exitCode, doctor.stdout).toBe(0);
  const {checks} = z.object({checks: z.array(checkSchema)}).parse(JSON.parse(doctor.stdout));
  const differs = checks.flatMap(({name, finding}) => (name === 'configuration' && finding !== null ? [finding] : []));
  expect(differs.map((finding) => detailsOf(finding, 'configuration.differs')?.differences)).toEqual([
    [{key: 'engine.kvCacheDtype', current: 'auto', requested: 'fp8', place: expect.stringMatching(/gantry\.yaml:2:/)}],
  ]);

  const ofVariable = {GANTRY_COST_NODE_USD_PER_HOUR: '20'};
  const unused = {key: 'cost.nodeUsdPerHour', current: 28.8, requested: 20, place: 'GANTRY_COST_NODE_USD_PER_HOUR'};
  expect(await unusedOf(home, ['status', '--json'], ofVariable)).toEqual([unused]);
  expect(await unusedOf(home, ['restart', '--dry-run', '--json'], ofVariable)).toEqual([unused]);
  expect(await unusedOf(home, ['status', '--json'])).toEqual([]);
  const text = await home.run(['status'], ofVariable);
  expect(text.stderr).toContain('cost.nodeUsdPerHour is 28.8, not 20 (GANTRY_COST_NODE_USD_PER_HOUR)');

  const other = path.join(home.directory, 'other.yaml');
  writeFileSync(other, 'restart: {automatic: false}\n');
  expect(await unusedOf(home, ['--config', other, 'status', '--json'])).toContainEqual({
    key: 'restart.automatic',
    current: true,
    requested: false,
    place: `${other}:1:22`,
  });
  expect((await home.run(['--config', other, 'doctor'])).stdout).toMatch(/^warning +configuration/m);
});

test('with an invalid file, what needs only the supervisor works, and what needs the file refuses with the place', async () => {
  const home = await openHome();
  home.configure(BROKEN);
  for (const command of [['up'], ['doctor'], ['gpus'], ['plan']]) {
    const {exitCode, stderr} = await home.run(command);
    expect([command, exitCode]).toEqual([command, 78]);
    expect(stderr).toContain('gantry.yaml:1:24');
  }
  const console = home.open([], {columns: 200, rows: 24});
  await console.waitFor('the place in the file', (text) => text.includes('gantry.yaml:1:24'));
  home.configure('');
  await home.demo(['--speed', '400']);
  await home.waitForState('ready');
  home.configure(BROKEN);
  await home.until('the finding', ({configuration}) => !configuration.isInForce);
  const doctor = await home.run(['doctor']);
  expect(doctor.exitCode, doctor.stdout + doctor.stderr).toBe(0);
  expect(doctor.stdout).toMatch(/^warning +configuration/m);
  const gpus = await home.run(['gpus']);
  expect([gpus.exitCode, gpus.stdout.includes('H200')], gpus.stderr).toEqual([0, true]);
  expect((await home.run(['up'])).exitCode).toBe(78);
  const {pid} = (await home.snapshot()).supervisor;
  const refused = await home.run(['supervisor', 'restart']);
  expect([refused.exitCode, (await home.snapshot()).supervisor.pid], refused.stderr).toEqual([78, pid]);
  expect(refused.stderr).toMatch(new RegExp(`gantry\\.yaml:1:24.*\\(pid ${pid}\\) was not ended`));
  const restarted = await home.run(['restart', '--wait']);
  expect(restarted.exitCode, restarted.stderr).toBe(0);
  expect(restarted.stderr).toContain('gantry.yaml:1:24');
  const opened = home.open([], {columns: 120, rows: 40});
  await opened.waitFor('the finding', (text) => text.includes('configuration file cannot be used'));
});

test('gantry config without a supervisor shows what a new one would use, or the place of the mistake', async () => {
  const home = await openHome();
  home.configure('engine: {contextLengthTokens: 128K, extraArguments: [--api-key, s3cret]}');
  const {configuration, supervisorPid} = await shownConfiguration(home);
  expect(supervisorPid).toBeNull();
  expect(configuration.values.find(({key}) => key === 'engine.contextLengthTokens')).toMatchObject({value: 131_072});
  expect(configuration.values.find(({key}) => key === 'engine.port')?.origin.from).toBe('environment');
  expect(JSON.stringify(configuration)).not.toContain('s3cret');
  expect((await home.run(['config'])).stdout).toContain('No supervisor is running');
  home.configure(BROKEN);
  const broken = await home.run(['config']);
  expect(broken.exitCode).toBe(78);
  expect(broken.stderr).toContain('gantry.yaml:1:24');
});

async function shownConfiguration(home: GantryHome) {
  const {stdout, stderr} = await home.run(['config', '--json']);
  const document = z.object({supervisorPid: z.number().nullable(), configuration: configurationViewSchema});
  return document.parse(JSON.parse(stdout || stderr));
}

/** The row of a key in `gantry config`. */
async function shownRow(home: GantryHome, name: string) {
  const {configuration} = await shownConfiguration(home);
  return configuration.values.find(({key}) => key === name);
}

/** The keys that a command reports as not used by the supervisor. */
async function unusedOf(home: GantryHome, command: readonly string[], env: Record<string, string> = {}) {
  const {stdout, stderr} = await home.run(command, env);
  const {commandFindings} = z.object({commandFindings: z.array(findingSchema)}).parse(JSON.parse(stdout || stderr));
  return commandFindings.flatMap((finding) => detailsOf(finding, 'configuration.unused')?.unused ?? []);
}

test('doctor, dry runs and a start agree on the last valid version of a file that has disappeared, and say why', async () => {
  const home = await openHome();
  home.configure('engine: {contextLengthTokens: 128K}');
  await home.demo(['--speed', '400']);
  await home.waitForState('ready');
  expect((await home.run(['down'])).exitCode).toBe(0);
  await home.waitForState('stopped');
  rmSync(path.join(home.directory, 'config', 'gantry.yaml'));
  await home.until('the finding', ({configuration}) => !configuration.isInForce);

  const doctor = await home.run(['doctor', '--json']);
  expect(doctor.exitCode, doctor.stdout).toBe(0);
  const {checks} = z.object({checks: z.array(checkSchema)}).parse(JSON.parse(doctor.stdout));
  expect(checks.find(({name}) => name === 'settings')?.detail).toContain('context 131,072 (');
  expect(JSON.stringify(checks)).toContain('131,072 tokens');
  expect(JSON.stringify(checks)).not.toContain('262,144');
  expect(checks.flatMap(({finding}) => (finding === null ? [] : [finding.code]))).toContain(
    'configuration.not-in-force',
  );

  const restart = await home.run(['restart', '--dry-run', '--json']);
  expect(JSON.parse(restart.stdout)).toMatchObject({settings: {contextLengthTokens: 131_072}});
  expect((await home.run(['restart', '--wait'])).exitCode).toBe(0);
  expect((await home.snapshot()).engine.settings?.contextLengthTokens).toBe(131_072);
});
