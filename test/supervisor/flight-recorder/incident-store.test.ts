import {mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {beforeEach, expect, test} from 'vitest';
import {
  incidentName,
  KEPT_INCIDENTS,
  listIncidents,
  MAX_INCIDENT_FILE_BYTES,
  writeIncident,
} from '../../../src/supervisor/flight-recorder/incident-store.ts';
import {temporaryDirectory} from '../../harness/temporary-directory.ts';

let stateDir = '';
beforeEach(() => {
  stateDir = temporaryDirectory('incidents');
});

const AT_MS = Date.UTC(2026, 10, 24, 2, 14, 15, 678);

test('a name sorts by time and cannot be a path', () => {
  expect(incidentName(AT_MS, 'vllm.cuda-error')).toBe('20261124T021415Z-vllm.cuda-error');
  expect(incidentName(AT_MS, '../../etc/passwd')).toBe('20261124T021415Z-.._.._etc_passwd');
});

test('an incident is written completely, for its owner only, next to another of the same second', async () => {
  const name = incidentName(AT_MS, 'a');
  const first = await writeIncident(stateDir, name, {'log.txt': 'one\n', 'incident.json': '{}'});
  const second = await writeIncident(stateDir, name, {'log.txt': 'two\n'});
  expect(first).toEqual({ok: true, value: path.join(stateDir, 'incidents', name)});
  expect(await listIncidents(stateDir)).toEqual([name, `${name}-2`]);
  if (!first.ok || !second.ok) throw new Error('not written');
  expect(readdirSync(first.value).toSorted()).toEqual(['incident.json', 'log.txt']);
  expect(readFileSync(path.join(second.value, 'log.txt'), 'utf8')).toBe('two\n');
  expect(statSync(first.value).mode & 0o077).toBe(0);
  expect(statSync(path.join(first.value, 'log.txt')).mode & 0o077).toBe(0);
});

test('the newest are kept, and what a killed supervisor left incomplete is removed', async () => {
  mkdirSync(path.join(stateDir, 'incidents', '.writing-20200101T000000Z-x'), {recursive: true});
  for (let second = 0; second < KEPT_INCIDENTS + 3; second += 1) {
    await writeIncident(stateDir, incidentName(AT_MS + second * 1_000, 'a'), {'incident.json': '{}'});
  }
  const names = readdirSync(path.join(stateDir, 'incidents'));
  expect(names).toHaveLength(KEPT_INCIDENTS);
  expect(names.toSorted()[0]).toBe(incidentName(AT_MS + 3_000, 'a'));
});

test('a file that is too long keeps its end', async () => {
  const written = await writeIncident(stateDir, 'x', {'log.txt': `${'a'.repeat(MAX_INCIDENT_FILE_BYTES)}the end`});
  if (!written.ok) throw new Error(written.error);
  const text = readFileSync(path.join(written.value, 'log.txt'), 'utf8');
  expect([text.length, text.endsWith('the end')]).toEqual([MAX_INCIDENT_FILE_BYTES, true]);
});

test('a directory that cannot be written is an error, and nothing incomplete is left', async () => {
  writeFileSync(path.join(stateDir, 'incidents'), 'in the way');
  expect(await writeIncident(stateDir, 'x', {'log.txt': ''})).toMatchObject({ok: false});
  rmSync(path.join(stateDir, 'incidents'));
  expect(await writeIncident(stateDir, 'x', {'log.txt': '', 'no/such/folder': ''})).toMatchObject({
    ok: false,
    error: expect.stringContaining('ENOENT'),
  });
  expect(readdirSync(path.join(stateDir, 'incidents'))).toEqual([]);
});
