import {chmodSync, linkSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {expect, test, vi} from 'vitest';
import {
  createValueDigests,
  digestKeyPath,
  openValueDigests,
  readValueDigests,
} from '../../../src/supervisor/access/value-digests.ts';
import {temporaryDirectory} from '../../harness/temporary-directory.ts';

const token = 'hf_planted0123456789abcdefghij';

test('two values are the same if their digests are, and nothing shows the value or the key', () => {
  const digests = createValueDigests();
  expect(digests.of('HF_TOKEN', token)).toBe(digests.of('HF_TOKEN', token));
  expect(digests.of('HF_TOKEN', token)).not.toBe(digests.of('HF_TOKEN', `${token}k`));
  expect(digests.of('HF_TOKEN', token)).not.toBe(digests.of('HF_HOME', token));
  expect(digests.of('HF_TOKEN', token)).toMatch(/^[0-9a-f]{8}\.[0-9a-f]{24}$/);
  const others = createValueDigests();
  expect(others.of('HF_TOKEN', token)).not.toBe(digests.of('HF_TOKEN', token));
  expect(digests.isComparable(digests.of('HF_TOKEN', token))).toBe(true);
  expect(digests.isComparable(others.of('HF_TOKEN', token))).toBe(false);
  expect(digests.isComparable('0'.repeat(64)), 'of an older version').toBe(false);
});

test('the key is in a private file of its own, and the same for every later supervisor', async () => {
  const stateDir = temporaryDirectory('state');
  const known = (await readValueDigests({stateDir})).of('A', 'b');
  const made = (await openValueDigests({stateDir})).of('A', 'b');
  expect(known, 'reading makes none').not.toBe(made);
  expect(statSync(digestKeyPath({stateDir})).mode & 0o777).toBe(0o600);
  expect((await readValueDigests({stateDir})).of('A', 'b')).toBe(made);
  expect((await openValueDigests({stateDir})).of('A', 'b')).toBe(made);
});

test.each<[string, (file: string) => void]>([
  ['is empty', (file) => writeFileSync(file, '')],
  ['is garbage', (file) => writeFileSync(file, '\0\n\u001b[2J', {mode: 0o600})],
  ['others can read', (file) => chmodSync(file, 0o644)],
  [
    'is a link',
    (file) => {
      linkSync(file, `${file}.kept`);
      rmSync(file);
      symlinkSync(`${file}.kept`, file);
    },
  ],
])('a key that %s is replaced', async (_, damage) => {
  const stateDir = temporaryDirectory('state');
  const made = (await openValueDigests({stateDir})).of('A', 'b');
  damage(digestKeyPath({stateDir}));
  const next = await openValueDigests({stateDir});
  expect(next.isComparable(made)).toBe(false);
  expect((await readValueDigests({stateDir})).of('A', 'b')).toBe(next.of('A', 'b'));
});

test('a key that cannot be written is known to its supervisor only, which says so', async () => {
  const stateDir = temporaryDirectory('state');
  mkdirSync(digestKeyPath({stateDir}));
  const printed = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  const digests = await openValueDigests({stateDir});
  expect(String(printed.mock.lastCall)).toContain('no key for digests');
  expect(digests.isComparable(digests.of('A', 'b'))).toBe(true);
  expect((await readValueDigests({stateDir})).isComparable(digests.of('A', 'b'))).toBe(false);
});

const salt = '0123456789abcdef'.repeat(2);
const plain = '0123456789abcdef'.repeat(4);
const begun = {type: 'intention-begun', environment: {salt, digests: {HF_TOKEN: 'ab'.repeat(12)}}};
const started = {installation: [{key: 'engine.container', value: null, digest: plain, origin: {from: 'default'}}]};

test('salts and digests that older versions wrote are removed from every file, once, and nothing else', async () => {
  const stateDir = temporaryDirectory('state');
  const run = path.join(stateDir, 'runs', 'run-1');
  mkdirSync(run, {recursive: true});
  const files = ['journal.jsonl', 'journal.jsonl.1', 'journal.jsonl.damaged-1-2', 'runs/run-1/run.jsonl'];
  const garbage = Buffer.from([0xff, 0xfe, 0x0a, 0x00, 0x0a]);
  const damaged = JSON.stringify(begun).slice(0, 66);
  const lines = [JSON.stringify(begun), JSON.stringify(started), '{"note": "\\"salt\\":\\"ab\\""}', damaged];
  const text = Buffer.concat([garbage, Buffer.from(`${lines.join('\n')}\n`)]);
  for (const file of files) writeFileSync(path.join(stateDir, file), text);
  symlinkSync(path.join(stateDir, 'journal.jsonl.1'), path.join(stateDir, 'journal.jsonl.link'));
  mkdirSync(path.join(stateDir, 'journal.jsonl.directory'));
  await openValueDigests({stateDir});
  for (const file of files) {
    const kept = readFileSync(path.join(stateDir, file));
    expect(kept.subarray(0, garbage.length)).toEqual(garbage);
    const [first, second, third, torn] = kept.subarray(garbage.length).toString().split('\n');
    expect(JSON.parse(first ?? '')).toEqual({...begun, environment: {digests: begun.environment.digests}});
    const {digest: _, ...used} = started.installation[0] ?? {};
    expect(JSON.parse(second ?? '')).toEqual({installation: [used]});
    expect(third).toBe(lines[2]);
    expect(torn).not.toContain(salt.slice(0, 8));
  }
  // A later version of Gantry writes nothing like it.
  writeFileSync(path.join(stateDir, 'journal.jsonl'), text);
  await openValueDigests({stateDir});
  expect(readFileSync(path.join(stateDir, 'journal.jsonl'))).toEqual(text);
});
