import {chmodSync, chownSync, lchownSync, mkdirSync, symlinkSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {expect, test} from 'vitest';
import {findForeignSocket} from '../../src/client/socket-owner.ts';
import {temporaryDirectory} from '../harness/temporary-directory.ts';

const needsRoot = {skip: process.getuid?.() !== 0};

function place(): {readonly directory: string; readonly socketPath: string} {
  const directory = path.join(temporaryDirectory('socket-owner'), 'run');
  mkdirSync(directory, {mode: 0o700});
  return {directory, socketPath: path.join(directory, 'gantry.sock')};
}

test('a socket of this user in a directory of this user is used, and one that is not there is left to the connection', () => {
  const {socketPath} = place();
  expect(findForeignSocket(socketPath)).toBe(null);
  writeFileSync(socketPath, '');
  expect(findForeignSocket(socketPath)).toBe(null);
  expect(findForeignSocket(`${socketPath}/below`)).toBe(null);
});

test('a link is not used; a socket of this user is, also in a directory that everyone can write to', () => {
  const {directory, socketPath} = place();
  writeFileSync(path.join(directory, 'other'), '');
  symlinkSync('other', socketPath);
  expect(findForeignSocket(socketPath)?.message).toContain('symbolic link');
  const second = path.join(directory, 'second');
  writeFileSync(second, '');
  chmodSync(directory, 0o777);
  expect(findForeignSocket(second)).toBe(null);
});

test("another user's socket or link is not used (needs root to prepare)", needsRoot, () => {
  const {directory, socketPath} = place();
  writeFileSync(socketPath, '');
  chownSync(directory, 12_345, 12_345);
  expect(findForeignSocket(socketPath)).toBe(null);
  chownSync(directory, 0, 0);
  chownSync(socketPath, 12_345, 12_345);
  expect(findForeignSocket(socketPath)?.message).toContain('12345');
  const link = path.join(directory, 'link');
  symlinkSync(path.join(directory, 'nowhere'), link);
  lchownSync(link, 12_345, 12_345);
  expect(findForeignSocket(link)).not.toBe(null);
});
