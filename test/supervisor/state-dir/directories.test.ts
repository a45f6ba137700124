import {
  chmodSync,
  chownSync,
  existsSync,
  lchownSync,
  mkdirSync,
  readdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import {afterEach, beforeEach, describe, expect, test, vi} from 'vitest';
import {createDirectories, resolveDirectories} from '../../../src/supervisor/state-dir/directories.ts';
import {watchDirectories} from '../../../src/supervisor/state-dir/ownership/watch-directories.ts';
import {eventually} from '../../harness/eventually.ts';
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

  test('refuse a home that is relative or unknown, where it is needed', () => {
    expect(resolveDirectories({}, 'somewhere')).toMatchObject({ok: false, error: {code: 'directories.not-absolute'}});
    expect(resolveDirectories({}, '')).toMatchObject({ok: false, error: {code: 'directories.no-home'}});
    const all = {GANTRY_STATE_DIR: '/s', GANTRY_DATA_DIR: '/d', GANTRY_CONFIG_DIR: '/c'};
    expect(resolveDirectories(all, '')).toMatchObject({
      ok: true,
      value: {stateDir: '/s', socketPath: '/s/gantry.sock'},
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

  test('creates them for this user only, under any umask', async () => {
    const directories = places();
    for (const mask of [0, 0o022, 0o077]) {
      const before = process.umask(mask);
      const made = await createDirectories({...directories, dataDir: path.join(root, `data-${mask}`, 'gantry')});
      process.umask(before);
      expect(made).toEqual({ok: true, value: []});
      for (const directory of [directories.stateDir, path.join(root, `data-${mask}`, 'gantry')]) {
        expect(statSync(directory).mode & 0o777).toBe(0o700);
      }
    }
  });

  test('an existing directory keeps its mode, whatever it is', async () => {
    const stateDir = path.join(root, 'existing');
    mkdirSync(stateDir);
    for (const [mode, isUsed] of [
      [0o755, true],
      [0o700, true],
      [0o777, false],
      [0o1777, false],
      [0o702, false],
    ] as const) {
      chmodSync(stateDir, mode);
      const made = await createDirectories({...places(), stateDir, runtimeDir: stateDir});
      expect({mode, isOk: made.ok}).toEqual({mode, isOk: isUsed});
      if (!made.ok) {
        expect(made.error.code).toBe('directories.shared');
        expect(made.error.remedy.includes('chmod')).toBe(mode !== 0o1777);
      }
      expect(statSync(stateDir).mode & 0o7777).toBe(mode);
    }
  });

  test('a directory in use for something else is refused, and nothing in it is changed', async () => {
    const home = path.join(root, 'home');
    mkdirSync(home);
    writeFileSync(path.join(home, 'thesis.tex'), '');
    chmodSync(home, 0o755);
    const stateDir = home;
    const refused = await createDirectories({...places(), stateDir, runtimeDir: stateDir});
    expect(refused).toMatchObject({
      ok: false,
      error: {code: 'directories.not-ours', remedy: expect.stringContaining(path.join(home, 'gantry'))},
    });
    expect(statSync(home).mode & 0o777).toBe(0o755);
    expect(readdirSync(home)).toEqual(['thesis.tex']);
    const inside = path.join(home, 'gantry');
    expect(await createDirectories({...places(), stateDir: inside, runtimeDir: inside})).toMatchObject({ok: true});
  });

  test('what an earlier Gantry used stays in use, next to other files and to its own directories', async () => {
    const stateDir = path.join(root, 'srv');
    mkdirSync(path.join(stateDir, 'conf'), {recursive: true});
    writeFileSync(path.join(stateDir, 'notes.txt'), '');
    const nested = {...places(), stateDir, configDir: path.join(stateDir, 'conf')};
    expect(await createDirectories(nested)).toMatchObject({ok: true});
    writeFileSync(path.join(stateDir, 'journal.jsonl'), '');
    expect(await createDirectories({...places(), stateDir})).toMatchObject({ok: true});
  });

  test('a symbolic link of this user is followed once, to a directory that passes the same checks', async () => {
    const target = path.join(root, 'target');
    mkdirSync(target);
    chmodSync(target, 0o755);
    symlinkSync('target', path.join(root, 'link'));
    symlinkSync('link', path.join(root, 'chain'));
    symlinkSync('missing', path.join(root, 'dangling'));
    for (const name of ['stateDir', 'dataDir', 'runtimeDir'] as const) {
      const made = (link: string) => createDirectories({...places(), [name]: path.join(root, link)});
      expect(await made('link')).toEqual({ok: true, value: []});
      for (const link of ['chain', 'dangling']) {
        expect(await made(link)).toMatchObject({ok: false, error: {code: 'directories.symbolic-link'}});
      }
    }
    expect(existsSync(path.join(root, 'missing'))).toBe(false);
    chmodSync(target, 0o777);
    const shared = await createDirectories({...places(), dataDir: path.join(root, 'link')});
    expect(shared).toMatchObject({ok: false, error: {code: 'directories.shared'}});
    expect(statSync(target).mode & 0o777).toBe(0o777);
  });

  test('a link of this user above the directory is followed, one without an end is not', async () => {
    const disk = path.join(root, 'disk');
    mkdirSync(disk);
    symlinkSync('disk', path.join(root, 'mine'));
    expect(await createDirectories({...places(), dataDir: path.join(root, 'mine', 'data')})).toMatchObject({ok: true});
    expect(statSync(path.join(disk, 'data')).mode & 0o777).toBe(0o700);
    symlinkSync('loop', path.join(root, 'loop'));
    expect(await createDirectories({...places(), dataDir: path.join(root, 'loop', 'data')})).toMatchObject({ok: false});
  });

  test('below a parent that others can write to nothing is created, and what is there is used with a finding', async () => {
    const parent = path.join(root, 'parent');
    mkdirSync(parent);
    const stateDir = path.join(parent, 'gantry');
    const directories = {...places(), stateDir, runtimeDir: stateDir};
    chmodSync(parent, 0o777);
    expect(await createDirectories(directories)).toMatchObject({
      ok: false,
      error: {code: 'directories.unsafe-parent', remedy: expect.stringContaining(`mkdir -p ${stateDir}`)},
    });
    expect(existsSync(stateDir)).toBe(false);
    // As the remedy says, and as an earlier version of Gantry did.
    mkdirSync(stateDir, {mode: 0o700});
    const used = await createDirectories(directories);
    expect(used).toMatchObject({ok: true, value: [{code: 'directories.unsafe-parent'}]});
    chmodSync(parent, 0o1777);
    expect(await createDirectories(directories)).toEqual({ok: true, value: []});
  });

  test('what is doubtful is reported until it is corrected', async () => {
    const parent = path.join(root, 'parent');
    const stateDir = path.join(parent, 'gantry');
    mkdirSync(stateDir, {recursive: true, mode: 0o700});
    chmodSync(parent, 0o777);
    const seen: string[] = [];
    const stop = watchDirectories(
      {...places(), stateDir, runtimeDir: stateDir},
      (observation) => {
        if (observation.type === 'own-finding') seen.push(observation.finding.code);
        if (observation.type === 'own-finding-resolved') seen.push('resolved');
      },
      10,
    );
    await eventually(() => expect(seen).toEqual(['supervisor.directory-doubtful']), 'the finding');
    chmodSync(parent, 0o755);
    await eventually(() => expect(seen).toEqual(['supervisor.directory-doubtful', 'resolved']), 'its end');
    stop();
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

  test.skipIf(process.getuid?.() !== 0)(
    'root uses a directory of another user, with a finding, but not with sudo of that user (needs root)',
    async () => {
      const directories = places();
      mkdirSync(directories.stateDir, {recursive: true});
      chownSync(directories.stateDir, 12_345, 12_345);
      expect(await createDirectories(directories)).toMatchObject({
        ok: true,
        value: [{code: 'directories.wrong-owner', message: expect.stringContaining('12345')}],
      });
      vi.stubEnv('SUDO_UID', '12345');
      const refused = await createDirectories(directories);
      vi.unstubAllEnvs();
      expect(refused).toMatchObject({ok: false, error: {code: 'directories.wrong-owner'}});
    },
  );

  test.skipIf(process.getuid?.() !== 0)(
    "refuses another user's runtime directory (needs root to prepare)",
    async () => {
      const base = path.join(root, 'run-user');
      mkdirSync(base);
      chownSync(base, 12_345, 12_345);
      const runtimeDir = path.join(base, 'gantry');
      expect(await createDirectories({...places(), runtimeDir})).toMatchObject({
        ok: false,
        error: {code: 'directories.unsafe-parent', message: expect.stringContaining('12345')},
      });
      expect(existsSync(runtimeDir)).toBe(false);
    },
  );

  test.skipIf(process.getuid?.() !== 0)("does not follow another user's link (needs root to prepare)", async () => {
    mkdirSync(path.join(root, 'disk'));
    symlinkSync('disk', path.join(root, 'theirs'));
    lchownSync(path.join(root, 'theirs'), 12_345, 12_345);
    const dataDir = path.join(root, 'theirs', 'data');
    expect(await createDirectories({...places(), dataDir})).toMatchObject({
      ok: false,
      error: {code: 'directories.unsafe-parent'},
    });
    expect(readdirSync(path.join(root, 'disk'))).toEqual([]);
  });
});
