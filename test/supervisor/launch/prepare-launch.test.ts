import {describe, expect, test} from 'vitest';
import type {ModelOnDisk} from '../../../src/domain/memory/model/checkpoint.ts';
import {findEngine} from '../../../src/engines/registry.ts';
import type {FoundEngine} from '../../../src/sources/engine-installation/found-engine.ts';
import {
  isWholeOnDisk,
  type LaunchInput,
  newRunId,
  type PreparedLaunch,
  prepareLaunch,
} from '../../../src/supervisor/launch/prepare-launch.ts';
import {guideSettings} from '../../engines/vllm/test-settings.ts';
import {onDisk} from './model-samples.ts';

const program: FoundEngine = {
  kind: 'program',
  path: '/opt/venv/bin/vllm',
  foundBy: 'PATH',
  version: '0.28.0',
  versionSource: 'a test',
};
const container: FoundEngine = {
  kind: 'container',
  client: 'docker',
  clientPath: '/usr/bin/docker',
  image: 'vllm/vllm-openai:v0.28.0',
  entrypoint: 'vllm',
  extraArguments: [],
  foundBy: 'docker image ls',
  version: '0.28.0',
  versionSource: 'the tag',
};

function prepare(change: Partial<LaunchInput> = {}): PreparedLaunch {
  const engine = findEngine('vllm');
  if (engine === undefined) throw new Error('vLLM is an engine');
  return prepareLaunch({
    engine,
    settings: guideSettings(),
    installed: program,
    model: null,
    runId: 'r1',
    directories: {stateDir: '/state', dataDir: '/data'},
    homeDirectory: '/home/op',
    apiKey: null,
    variables: {},
    ...change,
  });
}

const wordsOf = ({arguments: groups}: PreparedLaunch): string[] => groups.flatMap(({argv}) => [...argv]);
const mountsOf = (launch: PreparedLaunch): string[] => wordsOf(launch).filter((word) => word.startsWith('--mount='));

describe('a program', () => {
  test('is started by its path, with only the arguments of the settings', () => {
    const launch = prepare();
    expect(launch.executable).toBe('/opt/venv/bin/vllm');
    expect(wordsOf(launch).slice(0, 2)).toEqual(['serve', 'moonshotai/Kimi-K2.7-Code']);
    expect(launch).toMatchObject({container: null, ownDirectories: [], directory: '/state/runs/r1'});
  });

  test('gets the home directory instead of a tilde, because no shell is involved', () => {
    expect(wordsOf(prepare({settings: guideSettings({model: '~/models/kimi'})}))[1]).toBe('/home/op/models/kimi');
    expect(wordsOf(prepare({settings: guideSettings({model: '../models/kimi'})}))[1]).toBe('/models/kimi');
    expect(wordsOf(prepare({settings: guideSettings({model: 'org/.kimi'})}))[1]).toBe('org/.kimi');
  });
});

describe('a model', () => {
  const names = (model: ModelOnDisk | null): string[] => prepare({model}).environment.map(({name}) => name);

  test('that is complete on this disk is not requested from the hub', () => {
    expect(names(onDisk('/models/kimi'))).toContain('HF_HUB_OFFLINE');
  });

  test.each<[string, ModelOnDisk | null]>([
    ['is not here', null],
    ['has only its configuration here', onDisk('/models/kimi', {kind: 'config'})],
    ['misses a file', onDisk('/models/kimi', {missingFiles: ['model-00002-of-00064.safetensors']})],
    [
      'is still being downloaded',
      onDisk('/models/kimi', {notes: [{code: 'memory.download-incomplete', message: 'It is.', remedy: ''}]}),
    ],
  ])('that %s may be asked of the hub', (_, model) => {
    expect(isWholeOnDisk(model)).toBe(false);
    expect(names(model)).not.toContain('HF_HUB_OFFLINE');
  });
});

describe('a container', () => {
  test("sees the hub's files, the model and its own cache at the same paths as outside", () => {
    const launch = prepare({installed: container, model: onDisk('/models/kimi')});
    expect(mountsOf(launch)).toEqual([
      '--mount=type=bind,source=/home/op/.cache/huggingface,target=/home/op/.cache/huggingface',
      '--mount=type=bind,source=/models/kimi,target=/models/kimi,readonly',
      '--mount=type=bind,source=/data/engine-cache,target=/data/engine-cache',
    ]);
    expect(wordsOf(launch)).toContain('--env=HF_HOME=/home/op/.cache/huggingface');
    expect(launch.ownDirectories).toEqual(['/home/op/.cache/huggingface', '/data/engine-cache']);
  });

  test('needs no second mount for a model in the cache, and one for another cache', () => {
    const cached = onDisk('/big/hub/models--a--b/snapshots/c');
    const variables = {HF_HOME: '/hf', HF_HUB_CACHE: '/big/hub'};
    expect(mountsOf(prepare({installed: container, model: cached, variables}))).toEqual([
      '--mount=type=bind,source=/hf,target=/hf',
      '--mount=type=bind,source=/big/hub,target=/big/hub',
      '--mount=type=bind,source=/data/engine-cache,target=/data/engine-cache',
    ]);
  });

  test('sees the directory of a GGUF file, which contains its other parts', () => {
    const split = onDisk('/models/q4/kimi-00001-of-00013.gguf', {kind: 'gguf'});
    expect(mountsOf(prepare({installed: container, model: split}))).toContain(
      '--mount=type=bind,source=/models/q4,target=/models/q4,readonly',
    );
  });

  test('is identified by its name and the mark of the run; its key is on no command line', () => {
    const launch = prepare({installed: container, apiKey: 'sk-prepare', variables: {PATH: '/bin'}});
    expect(launch.container).toEqual({client: '/usr/bin/docker', name: 'gantry-r1'});
    expect(wordsOf(launch)).toEqual(expect.arrayContaining(['--env=GANTRY_RUN_ID', '--env=VLLM_API_KEY']));
    expect(wordsOf(launch).join(' ')).not.toContain('sk-prepare');
  });
});

test('run ids sort by time, and two of one second differ', () => {
  const nowMs = Date.UTC(2026, 10, 23, 17, 5, 12);
  expect(newRunId(nowMs)).toMatch(/^20261123-170512-[0-9a-f]{4}$/);
  expect(newRunId(nowMs) < newRunId(nowMs + 1_000)).toBe(true);
});
