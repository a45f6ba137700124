import {chmod, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {beforeEach, expect, test} from 'vitest';
import {kernelLogEnvironment, parseKernelLog, readKernelLog} from '../../../src/sources/host/kernel-log.ts';
import {temporaryDirectory} from '../../harness/temporary-directory.ts';

let bin: string;
beforeEach(() => {
  bin = temporaryDirectory('kernel');
});

async function program(name: string, script: string): Promise<void> {
  await writeFile(path.join(bin, name), `#!/bin/sh\n${script}\n`);
  await chmod(path.join(bin, name), 0o755);
}

test('lines of dmesg and of the journal, with their age', () => {
  const text =
    '[    1.250000] Linux version 6.1\r\n[  100.000000] h200-node-1 kernel: NVRM: Xid\nread at [    2.000000] by hand\n';
  expect(parseKernelLog(text, 101.25)).toEqual([
    {ageMs: 100_000, text: 'Linux version 6.1'},
    {ageMs: 1_250, text: 'NVRM: Xid'},
  ]);
});

test('a log with a line from the future has no ages: its clock is not that of this uptime; a small lead is drift', () => {
  const ages = (uptimeSeconds: number) =>
    parseKernelLog('[   10.000000] old\n[ 9000.000000] new\n', uptimeSeconds).map(({ageMs}) => ageMs);
  expect(ages(60)).toEqual([null, null]);
  expect(ages(8_997)).toEqual([8_987_000, 0]);
});

const read = (isWanted?: (line: string) => boolean) => readKernelLog({PATH: `${bin}:/bin:/usr/bin`}, isWanted);
const REFUSED = 'echo "dmesg: read kernel buffer failed: Operation not permitted" >&2; exit 1';

test('if dmesg has no permission, the journal is read', async () => {
  await program('dmesg', REFUSED);
  await program('journalctl', 'echo "[    2.000000] node kernel: EXT4-fs mounted"');
  expect(await read()).toMatchObject({kind: 'read', messages: [{text: 'EXT4-fs mounted'}]});
});

test('programs run in the given environment alone, and print in no language of the operator', async () => {
  await program('dmesg', 'echo "[    2.000000] $LC_ALL $VITEST"');
  const log = await readKernelLog({PATH: `${bin}:/bin:/usr/bin`, LC_ALL: 'de_DE.UTF-8'});
  expect(log).toMatchObject({messages: [{text: 'C '}]});
});

test('is refused, with what to do, where the user lacks the right; the journal is then empty', async () => {
  await program('dmesg', REFUSED);
  await program('journalctl', 'exit 0');
  expect(await read()).toEqual({
    kind: 'refused',
    reason:
      'this user may not read the kernel log: add the user to the group adm or systemd-journal, or set kernel.dmesg_restrict=0',
  });
});

test('an empty log was cleared: that is no refusal', async () => {
  await program('dmesg', 'exit 0');
  await program('journalctl', 'exit 1');
  expect(await read()).toEqual({kind: 'read', messages: []});
});

test('a program that fails or is missing is named, and is no refusal', async () => {
  await program('dmesg', 'echo "dmesg: out of order" >&2; exit 1');
  const reason = 'the kernel log could not be read: dmesg failed: dmesg: out of order; journalctl was not found';
  expect(await readKernelLog({PATH: bin})).toEqual({kind: 'failed', reason});
});

test('a program that does not end in time is no refusal', async () => {
  await program('dmesg', 'exec sleep 60');
  await program('journalctl', 'exit 1');
  expect(await read()).toMatchObject({kind: 'failed', reason: expect.stringContaining('dmesg did not end within 3 s')});
});

test('of a log that is larger than what is kept, wanted lines are found wherever they are, and the last line', async () => {
  await program(
    'dmesg',
    `echo "[    1.000000] NVRM: first"; head -c 6000000 /dev/zero | tr '\\0' x | fold -w 1000; echo; echo "[    2.000000] last"`,
  );
  expect(await read((line) => line.includes('NVRM'))).toMatchObject({
    messages: [{text: 'NVRM: first'}, {text: 'last'}],
  });
  expect(await read()).toMatchObject({messages: [{text: 'last'}]});
});

test('a program that is named prints the log in place of this host; a simulated node has one of its own', async () => {
  await program('dmesg', 'echo "[    2.000000] of this host"');
  await program('other', 'echo "[    3.000000] of the node"');
  const environment = {PATH: `${bin}:/bin:/usr/bin`, GANTRY_DMESG: path.join(bin, 'other')};
  expect(await readKernelLog(environment)).toMatchObject({messages: [{text: 'of the node'}]});
  expect(kernelLogEnvironment({environment, simulatedNode: null})).toBe(environment);
  const {GANTRY_DMESG: _, ...unnamed} = environment;
  const messages = [{text: 'of this host'}];
  expect(await readKernelLog(kernelLogEnvironment({environment: unnamed, simulatedNode: bin}))).toMatchObject({
    messages,
  });
  expect(kernelLogEnvironment({environment, simulatedNode: bin})).toEqual(environment);
});
