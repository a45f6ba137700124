import {expect, test, vi} from 'vitest';
import {readLoginManager} from '../../../src/sources/host/login-manager.ts';

let fault: unknown;
vi.mock('node:fs/promises', () => {
  const refuse = (): Promise<never> => Promise.reject(fault);
  return {access: refuse, readdir: refuse, readFile: refuse};
});

test.each(['ENOENT', 'ENOTDIR', 'EACCES'])('what cannot be read for %s counts as missing', async (code) => {
  fault = Object.assign(new Error(code), {code});
  expect(await readLoginManager('op')).toEqual({
    hasSystemd: false,
    user: 'op',
    isLingering: false,
    killsUserProcesses: false,
  });
});

test.each([Object.assign(new Error('EIO'), {code: 'EIO'}), new Error('odd'), {code: 'ENOENT'}])(
  'any other fault is passed on: %o',
  async (other) => {
    fault = other;
    await expect(readLoginManager('op')).rejects.toBe(other);
  },
);
