import {chmodSync, chownSync, mkdirSync, statSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {createDirectories, resolveDirectories} from '../../../src/supervisor/state-dir/directories.ts';
import {temporaryDirectory} from '../../harness/temporary-directory.ts';

describe('the places', () => {
  test('are the XDG fallbacks in an empty environment, with the socket next to the state', () => {
    expect(resolveDirectories({}, '/home/ada')).toEqual({
      ok: true,
      value: {
        configDir: '/home/ada/.config/gantry',
        stateDir: '/home/ada/.local/state/gantry',
        dataDir: '/home/ada/.local/share/gantry',
        runtimeDir: '/home/ada/.local/state/gantry',
        socketPath: '/home/ada/.local/state/gantry/gantry.sock',
      },
    });
  });

  test('follow XDG, but not a relative or empty value', () => {
    const environment = {
      XDG_CONFIG_HOME: '/c',
      XDG_STATE_HOME: 'relative',
      XDG_DATA_HOME: '',
      XDG_RUNTIME_DIR: '/run/user/1000',
    };
    expect(resolveDirectories(environment, '/home/ada')).toEqual({
      ok: true,
      value: {
        configDir: '/c/gantry',
        stateDir: '/home/ada/.local/state/gantry',
        dataDir: '/home/ada/.local/share/gantry',
        runtimeDir: '/run/user/1000/gantry',
        socketPath: '/run/user/1000/gantry/gantry.sock',
      },
    });
  });

  test('are taken directly from GANTRY variables', () => {
    const environment = {
      GANTRY_CONFIG_DIR: '/1',
      GANTRY_STATE_DIR: '/2/',
      GANTRY_DATA_DIR: '/3',
      GANTRY_RUNTIME_DIR: '/4',
      XDG_RUNTIME_DIR: '/run/user/1000',
    };
    expect(resolveDirectories(environment, '/home/ada')).toMatchObject({
      ok: true,
      value: {configDir: '/1', stateDir: '/2', dataDir: '/3', runtimeDir: '/4', socketPath: '/4/gantry.sock'},
    });
  });

  test('of a separate state directory have a separate socket', () => {
    const environment = {GANTRY_STATE_DIR: '/tmp/second', XDG_RUNTIME_DIR: '/run/user/1000'};
    expect(resolveDirectories(environment, '/home/ada')).toMatchObject({
      value: {socketPath: '/tmp/second/gantry.sock'},
    });
  });

  test('refuse a relative GANTRY variable by name', () => {
    expect(resolveDirectories({GANTRY_STATE_DIR: 'state'}, '/home/ada')).toMatchObject({
      ok: false,
      error: {code: 'directories.not-absolute', message: expect.stringContaining('GANTRY_STATE_DIR')},
    });
  });

  test('refuse a socket path that the system cannot bind, counting bytes', () => {
    const fits = `/${'x'.repeat(107 - '//gantry.sock'.length)}`;
    expect(resolveDirectories({GANTRY_RUNTIME_DIR: fits}, '/h')).toMatchObject({ok: true});
    expect(resolveDirectories({GANTRY_RUNTIME_DIR: `${fits}x`}, '/h')).toMatchObject({
      ok: false,
      error: {code: 'directories.socket-path-too-long', remedy: expect.stringContaining('GANTRY_RUNTIME_DIR')},
    });
    expect(resolveDirectories({GANTRY_RUNTIME_DIR: `/${'ü'.repeat(60)}`}, '/h')).toMatchObject({ok: false});
  });
});

describe('making them', () => {
  let root = '';
  beforeEach(() => {
    root = temporaryDirectory('directories');
  });
  afterEach(() => {
    chmodSync(root, 0o700);
  });

  function places() {
    const resolved = resolveDirectories({}, root);
    if (!resolved.ok) throw new Error(resolved.error.message);
    return resolved.value;
  }

  test('creates them for this user only, and restricts one that others can enter', async () => {
    const directories = places();
    mkdirSync(directories.stateDir, {recursive: true});
    chmodSync(directories.stateDir, 0o755);
    expect(await createDirectories(directories)).toEqual({ok: true, value: null});
    for (const directory of [directories.stateDir, directories.dataDir, directories.configDir]) {
      expect(statSync(directory).mode & 0o777).toBe(0o700);
    }
  });

  test('fails with the directory and the reason if something is in the way', async () => {
    const file = path.join(root, 'file');
    writeFileSync(file, '');
    const stateDir = path.join(file, 'gantry');
    expect(await createDirectories({...places(), stateDir})).toMatchObject({
      ok: false,
      error: {code: 'directories.cannot-create', message: expect.stringContaining(stateDir)},
    });
  });

  test.skipIf(process.getuid?.() !== 0)('refuses a directory of another user (needs root to prepare)', async () => {
    const directories = places();
    mkdirSync(directories.stateDir, {recursive: true});
    chownSync(directories.stateDir, 12_345, 12_345);
    expect(await createDirectories(directories)).toMatchObject({
      ok: false,
      error: {code: 'directories.wrong-owner', message: expect.stringContaining('12345')},
    });
  });

  test.skipIf(process.getuid?.() !== 0)(
    "refuses another user's runtime directory (needs root to prepare)",
    async () => {
      const base = path.join(root, 'run-user');
      mkdirSync(base);
      chownSync(base, 12_345, 12_345);
      const runtimeDir = path.join(base, 'gantry');
      expect(await createDirectories({...places(), runtimeDir})).toMatchObject({
        ok: false,
        error: {code: 'directories.wrong-owner'},
      });
    },
  );
});
