import {chmod, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {beforeEach, expect, test} from 'vitest';
import {isAbsent} from '../../../src/samples/reading.ts';
import {parseKernelLog, readKernelLog} from '../../../src/sources/host/kernel-log.ts';
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

test('if dmesg has no permission, the journal is read', async () => {
  await program('dmesg', 'echo "dmesg: read kernel buffer failed: Operation not permitted" >&2; exit 1');
  await program('journalctl', 'echo "[    2.000000] node kernel: EXT4-fs mounted"');
  expect(await readKernelLog({PATH: `${bin}:/bin:/usr/bin`})).toMatchObject([{text: 'EXT4-fs mounted'}]);
});

test('programs run in the given environment alone, and print in no language of the operator', async () => {
  await program('dmesg', 'echo "[    2.000000] $LC_ALL $VITEST"');
  const log = await readKernelLog({PATH: `${bin}:/bin:/usr/bin`, LC_ALL: 'de_DE.UTF-8'});
  expect(log).toMatchObject([{text: 'C '}]);
});

test('is absent with the reason without any permission', async () => {
  await program('dmesg', 'exit 1');
  await program('journalctl', 'exit 1');
  expect(isAbsent(await readKernelLog({PATH: `${bin}:/bin:/usr/bin`}))).toBe(true);
});

test('is absent if neither program exists', async () => {
  expect(isAbsent(await readKernelLog({PATH: bin}))).toBe(true);
});

test('a program that is named prints the log in place of this host', async () => {
  await program('dmesg', 'echo "[    2.000000] of this host"');
  await program('other', 'echo "[    3.000000] of the node"');
  const environment = {PATH: `${bin}:/bin:/usr/bin`, GANTRY_DMESG: path.join(bin, 'other')};
  expect(await readKernelLog(environment)).toMatchObject([{text: 'of the node'}]);
});
