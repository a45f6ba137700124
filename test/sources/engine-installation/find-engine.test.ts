import path from 'node:path';
import {afterEach, beforeEach, describe, expect, test, vi} from 'vitest';
import type {EngineInstallation} from '../../../src/engines/engine-installation.ts';
import {findEngineInstallation} from '../../../src/sources/engine-installation/find-engine.ts';
import type {RunResult} from '../../../src/sources/nvidia-smi/run-once.ts';
import {createHost, endedRun, vllmInstallation} from './search-bench.ts';

let answer: RunResult;
let asked: string[] = [];
vi.mock('../../../src/sources/nvidia-smi/run-once.ts', () => ({
  runOnce: (executable: string, args: readonly string[]) => {
    asked.push([executable, ...args].join(' '));
    return Promise.resolve(answer);
  },
}));

let host: ReturnType<typeof createHost>;
beforeEach(() => {
  host = createHost();
  asked = [];
  answer = endedRun('');
});
afterEach(() => host.clean());

const installation = vllmInstallation();
const plain: EngineInstallation = {...installation, program: 'serve', pythonModule: null, distribution: null};

async function problem(of: EngineInstallation, places = host.places()) {
  const result = await findEngineInstallation(of, places);
  if (result.ok) throw new Error('it was found');
  return result.error;
}

describe('a version that the program prints', () => {
  const versionOf = async () => {
    const file = host.program(path.join(host.bin, 'serve'), '');
    const result = await findEngineInstallation(plain, host.places());
    if (!result.ok) throw new Error(result.error.message);
    expect(asked).toEqual([`${file} --version`]);
    const {version, versionSource} = result.value;
    return [version, versionSource.replace(`${file} --version`, '').trim()];
  };

  test.each<[string, RunResult, readonly [string | null, string]]>([
    ['stdout', endedRun('0.28.0\n'), ['0.28.0', '']],
    ['stderr', endedRun('words\n', 0, '0.28.0\n'), ['0.28.0', '']],
    ['stdout before stderr', endedRun('0.28.0\n', 0, '0.1.0\n'), ['0.28.0', '']],
    ['none', endedRun('words\n', 2), [null, 'exited with code 2 and printed no version']],
    ['none, and was killed', endedRun('', null), [null, 'exited with a signal and printed no version']],
    ['nothing, since it did not start', {kind: 'not-started', code: 'EACCES'}, [null, 'could not be started (EACCES)']],
    ['too late', {kind: 'timed-out', stdout: '0.28.0', stderr: ''}, [null, 'did not answer within 20 s']],
  ])('to %s', async (_, result, expected) => {
    answer = result;
    expect(await versionOf()).toEqual(expected);
  });
});

describe('an engine that is not found', () => {
  test('names every place, the PATH first', async () => {
    const active = path.join(host.root, 'active');
    const places = host.places({}, {VIRTUAL_ENV: active});
    const {message, places: named} = await problem(
      {...plain, directories: ['~/build', '/nonexistent/build', '~other/build']},
      places,
    );
    expect(message).toContain('"serve" on PATH, in VIRTUAL_ENV or in ');
    expect(named[0]).toBe(`PATH: ${host.bin}`);
    expect(named[1]).toBe(path.join(active, 'bin'));
    expect(named).toEqual(
      expect.arrayContaining([
        path.join(host.home, 'build'),
        '/nonexistent/build',
        '~other/build',
        path.join(host.home, 'serve/bin'),
      ]),
    );
    expect(named.slice(-2)).toEqual(['images of docker', 'images of podman']);
    expect(new Set(named).size).toBe(named.length);
    // All environments but the active one are usual locations.
    expect(message).toContain(` or in ${named.length - 1 - 1 - 3 - 2} usual locations, and `);
  });

  test('is looked for as a module of Python where it is one', async () => {
    expect((await problem(plain)).message).not.toContain('Python');
    expect((await problem(installation)).message).toContain(', no Python there has vllm, and ');
  });

  test('has its image in the remedy, if there is one', async () => {
    expect((await problem(plain)).remedy).toContain('engine.container.image: vllm/vllm-openai:TAG.');
    expect((await problem({...plain, images: []})).remedy).toMatch(/ in the configuration\.$/);
  });

  test('and is configured by name or path says where it was looked for', async () => {
    const byName = await problem(plain, host.places({executable: 'mine'}));
    expect(byName).toMatchObject({message: expect.stringContaining(host.bin), places: [`PATH: ${host.bin}`]});
    const noPath = await problem(plain, {...host.places({executable: 'mine'}), variables: {}});
    expect(noPath).toMatchObject({message: expect.stringMatching(/\(\w[\w ]+\)/), places: ['PATH: ']});
    const home = await problem(plain, host.places({executable: '~/mine'}));
    expect(home.places).toEqual([path.join(host.home, 'mine')]);
    expect(home.message).toContain(path.join(host.home, 'mine'));
    // A relative path depends on the directory of whoever starts it, also where there is such a file.
    const relative = path.relative(process.cwd(), host.program(path.join(host.root, 'mine'), ''));
    expect((await problem(plain, host.places({executable: relative}))).places).toEqual([relative]);
    expect(asked).toEqual([]);
  });

  test('is not taken from a module without its distribution, nor from a distribution without a module', async () => {
    const environment = host.environment(path.join(host.root, 'active'), 'vllm', '0.28.0', null);
    const places = host.places({}, {VIRTUAL_ENV: environment});
    expect(await findEngineInstallation(installation, places)).toMatchObject({ok: true});
    await problem({...installation, pythonModule: null}, places);
    await problem({...installation, distribution: null}, places);
    await problem({...installation, distribution: 'other'}, places);
  });
});
