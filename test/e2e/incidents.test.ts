import {execFile} from 'node:child_process';
import {readdir, readFile, stat} from 'node:fs/promises';
import path from 'node:path';
import {promisify} from 'node:util';
import {beforeEach, expect, test} from 'vitest';
import {type Event, eventsSchema} from '../../src/api/event-schema.ts';
import {type GantryHome, openHome} from '../harness/gantry-home.ts';

const run = promisify(execFile);
const secrets = {VLLM_API_KEY: 'planted-key-4711', HF_TOKEN: 'planted-token-4711'};

let home: GantryHome;
beforeEach(async () => {
  home = await openHome();
});

async function events(...words: readonly string[]): Promise<Event[]> {
  const result = await home.run(['events', '--json', '--limit', '1000', ...words]);
  if (result.exitCode !== 0) throw new Error(result.stdout + result.stderr);
  return eventsSchema.parse(JSON.parse(result.stdout)).events;
}

test('a crash is reported with its reason, runs the hook, saves an incident, and is in the report without a secret', async () => {
  const hooked = path.join(home.directory, 'hooked');
  home.configure(
    `hooks:\n  - {on: [engine.exited], command: [/bin/sh, -c, 'cat >> "$1"', hook, ${hooked}, --token, planted-word-4711]}`,
  );
  await home.demo(['--scenario', 'crash-loop', '--speed', '50'], secrets);
  await home.untilEvent('the crash to be recorded', ({code}) => code === 'incident.recorded');
  const told = await events();
  const codes = told.map(({code}) => code);
  for (const code of [
    'supervisor.started',
    'command.accepted',
    'engine.starting',
    'engine.ready',
    'engine.backing-off',
  ]) {
    expect(codes).toContain(code);
  }
  expect(codes.indexOf('command.accepted')).toBeLessThan(codes.indexOf('engine.preflight'));
  expect(told.find(({code}) => code === 'command.accepted')).toMatchObject({
    actor: 'operator',
    details: {client: 'cli', command: 'start'},
  });
  const crash = told.find(({code}) => code === 'engine.exited');
  expect(crash).toMatchObject({
    actor: 'engine',
    severity: 'critical',
    message: expect.stringMatching(/^The engine exited unexpectedly: exit status \d+.*\. ./),
    details: {wasRequested: false, finding: expect.any(String)},
  });
  expect(JSON.parse((await readFile(hooked, 'utf8')).split('\n')[0] ?? '')).toEqual(crash);

  const incidents = path.join(home.directory, 'state', 'incidents');
  const [name] = (await readdir(incidents)).toSorted();
  expect(name).toContain(String(crash?.details['finding']));
  expect(await readdir(path.join(incidents, name ?? ''))).toEqual(
    expect.arrayContaining(['incident.json', 'samples.jsonl', 'log.txt', 'plan.json', 'processes.json', 'kernel.txt']),
  );
  const rows = (await readFile(path.join(incidents, name ?? '', 'samples.jsonl'), 'utf8')).trim().split('\n');
  expect(rows.length).toBeGreaterThan(3);

  const archive = path.join(home.directory, 'report.tar.gz');
  const report = await home.run(['report', '--output', archive, '--incident', name ?? ''], secrets);
  expect(report.exitCode, report.stderr).toBe(0);
  expect(report.stdout).toContain('Keys, tokens and passwords are masked');
  expect((await stat(archive)).mode & 0o077).toBe(0);
  const {stdout: listed} = await run('tar', ['tzf', archive]);
  for (const file of [
    'README.txt',
    'configuration.json',
    'snapshot.json',
    'events.json',
    'journal.jsonl',
    'host.json',
  ]) {
    expect(listed).toContain(`/${file}\n`);
  }
  expect(listed).toContain('/incident/log.txt\n');
  expect(listed).toContain('/nvidia-smi-q.txt\n');
  const {stdout: all} = await run('tar', ['xzOf', archive], {maxBuffer: 64 * 1024 * 1024});
  expect(all).toContain('engine.exited');
  // Digits alone come by chance among as many numbers.
  expect(all).not.toMatch(/planted-\w+-4711/);
  // A file that is there already is not overwritten.
  expect((await home.run(['report', '--output', archive])).exitCode).toBe(1);
  expect((await home.run(['report', '--incident', 'none-such'])).stderr).toContain(name);

  await home.run(['down']);
  await home.waitForState('stopped');
  await home.stopSupervisor();
  // Without a supervisor the history tells.
  const past = await events('--since', '1h');
  expect(past.slice(0, told.length)).toEqual(told);
  expect(past.at(-1)).toMatchObject({code: 'supervisor.exited', message: expect.stringContaining('SIGTERM')});
});
