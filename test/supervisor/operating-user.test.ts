import type os from 'node:os';
import {expect, test, vi} from 'vitest';
import {homeDirectory, userName} from '../../src/supervisor/operating-user.ts';

const asked = vi.hoisted(() => ({
  home: (): string => '',
  user: (): {username: string; homedir: string} => ({username: '', homedir: ''}),
}));
vi.mock('node:os', async (load) => ({
  ...(await load<typeof os>()),
  homedir: () => asked.home(),
  userInfo: () => asked.user(),
}));

const unknown = (): never => {
  throw new Error('A system error occurred: uv_os_get_passwd returned ENOENT (no such file or directory)');
};

test('a user without an entry in the user database has its number as a name, and no home', () => {
  asked.home = unknown;
  asked.user = unknown;
  expect([userName(), homeDirectory()]).toEqual([String(process.getuid?.()), '']);
});

test('an empty HOME is none: the user database has the home', () => {
  asked.home = () => '';
  asked.user = () => ({username: 'kim', homedir: '/home/kim'});
  expect([userName(), homeDirectory()]).toEqual(['kim', '/home/kim']);
  asked.home = () => '/srv/kim';
  expect(homeDirectory()).toBe('/srv/kim');
});
