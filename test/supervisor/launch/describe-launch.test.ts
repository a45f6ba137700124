import {describe, expect, test} from 'vitest';
import {ok} from '../../../src/shared/result.ts';
import type {FoundEngine} from '../../../src/sources/engine-installation/found-engine.ts';
import {describeLaunch} from '../../../src/supervisor/launch/describe-launch.ts';
import type {PreparedLaunch} from '../../../src/supervisor/launch/prepare-launch.ts';
import {configured, installed, notInstalled} from './fake-world.ts';

const launch: PreparedLaunch = {
  runId: 'run-1',
  directory: '/state/runs/run 1',
  executable: '/opt/venv/bin/vllm',
  arguments: [
    {argv: ['serve', 'org/model'], why: 'the model'},
    {argv: ['--seed', '7'], why: 'from your configuration'},
  ],
  environment: [
    {name: 'NO_COLOR', value: '1', why: 'a file', isSecret: false},
    {name: 'VLLM_API_KEY', value: 'hush', why: 'the key', isSecret: true},
  ],
  files: [],
  ownDirectories: [],
  container: null,
};

function described(change: Partial<PreparedLaunch> = {}, installation = ok(installed)) {
  const found = describeLaunch({settings: configured, launch: {...launch, ...change}, installation});
  if (found === null) throw new Error('nothing was described');
  return found;
}

describe('the command to paste', () => {
  test('has the plain variables, the program, and a line for each group of arguments', () => {
    expect(described().command).toEqual(['NO_COLOR=1 \\', '  /opt/venv/bin/vllm serve org/model \\', '  --seed 7']);
  });

  test('creates the directory of the run if a file is written there', () => {
    const files = [{path: '/state/runs/run 1/key.yaml', contents: 'api-key: k\n', why: 'the key', secret: 'k'}];
    const [first, ...rest] = described({files}).command;
    expect(first).toBe("mkdir -p -m 700 '/state/runs/run 1'");
    expect(rest).toEqual(described().command);
  });

  test('of a container has its variables in the arguments, and creates the directory for its id', () => {
    const container = {name: 'gantry-run-1', client: '/usr/bin/docker'};
    const {command} = described({container});
    expect(command[0]).toContain('mkdir -p -m 700');
    expect(command[1]).toBe('/opt/venv/bin/vllm serve org/model \\');
    expect(command.join('\n')).not.toContain('NO_COLOR');
  });
});

describe('a secret', () => {
  test('is masked in the environment and stays out of the command', () => {
    const {environment, command} = described();
    expect(environment.map(({name, value}) => [name, value])).toEqual([
      ['NO_COLOR', '1'],
      ['VLLM_API_KEY', '****'],
    ]);
    expect(command.join('\n')).not.toMatch(/hush|VLLM_API_KEY/);
  });

  test('in the extra arguments is masked, after its option and after its equals sign', () => {
    const words = ['--api-key', 'hush', '--seed', '7', '--api-key=hush', '--hf-token', 'hush'];
    const {arguments: groups, command} = described({arguments: [{argv: words, why: 'yours'}]});
    expect(groups).toEqual([
      {argv: ['--api-key', '****', '--seed', '7', '--api-key=****', '--hf-token', '****'], why: 'yours'},
    ]);
    expect(command.join('\n')).not.toContain('hush');
  });

  test('in a file is masked; a file in which it cannot be found is masked completely', () => {
    const file = (contents: string, secret: string) =>
      described({files: [{path: '/f', contents, why: 'w', secret}]}).files[0];
    expect(file('a: hush\nb: hush\n', 'hush')).toEqual({path: '/f', contents: 'a: ****\nb: ****\n', why: 'w'});
    expect(file('a: aHVzaA==\n', 'hush')?.contents).toBe('****');
    expect(file('a: 1\n', '')?.contents).toBe('a: 1\n');
  });
});

describe('the installation', () => {
  const text = (found: FoundEngine) => described({}, ok(found)).installation;
  const version = {version: '0.28.0', versionSource: 'its metadata'} as const;

  test('shows the program, and how it was found if that differs', () => {
    expect(text({kind: 'program', path: '/a/vllm', foundBy: 'PATH', ...version})).toBe(
      '/a/vllm (found by PATH; by its metadata)',
    );
    expect(text({kind: 'program', path: '/a/vllm', foundBy: '/a/vllm', ...version})).toBe('/a/vllm (by its metadata)');
    const unknown = {version: null, versionSource: 'no metadata'} as const;
    expect(text({kind: 'program', path: '/a/vllm', foundBy: 'PATH', ...unknown})).toContain('no metadata');
  });

  test('that is missing is reported, and the command is still shown', () => {
    const missing = describeLaunch({settings: configured, launch, installation: notInstalled});
    expect(missing).toMatchObject({isInstalled: false, version: null, executable: '/opt/venv/bin/vllm'});
    expect(described()).toMatchObject({isInstalled: true, version: '0.28.0', engine: 'vLLM'});
  });

  test('of an unknown engine is absent', () => {
    const tgi = {...configured, engine: 'tgi'};
    expect(describeLaunch({settings: tgi, launch, installation: ok(installed)})).toBeNull();
    expect(describeLaunch({settings: configured, launch: null, installation: ok(installed)})).toBeNull();
    expect(describeLaunch({settings: configured, launch, installation: null})).toBeNull();
  });
});
