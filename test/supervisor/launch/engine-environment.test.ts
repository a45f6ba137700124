import {expect, test} from 'vitest';
import type {ReportedDifference} from '../../../src/domain/preflight/environment-difference.ts';
import {createValueDigests} from '../../../src/supervisor/access/value-digests.ts';
import {
  differenceFrom,
  environmentObservation,
  environmentRecordSchema,
  recordEnvironment,
} from '../../../src/supervisor/launch/engine-environment.ts';

const token = 'hf_planted0123456789abcdefghij';
const operators = {
  CUDA_VISIBLE_DEVICES: '0,1,2,3',
  HF_TOKEN: token,
  PATH: '/opt/vllm/bin:/usr/bin',
  https_proxy: 'http://proxy:3128',
  EDITOR: 'vi',
  GANTRY_STATE_DIR: '/srv/gantry',
};

const digests = createValueDigests();

test('a record has the names of what decides a start, and no values', () => {
  const record = recordEnvironment({...operators, VLLM_UNSET: undefined}, digests);
  expect(Object.keys(record.digests)).toEqual(['CUDA_VISIBLE_DEVICES', 'HF_TOKEN', 'PATH', 'https_proxy']);
  const text = JSON.stringify(record);
  for (const value of Object.values(operators)) expect(text).not.toContain(value);
  expect(recordEnvironment(operators, createValueDigests()).digests, 'keyed').not.toEqual(record.digests);
  const same = recordEnvironment({HF_HOME: '/models', HF_HUB_CACHE: '/models'}, digests).digests;
  expect(same['HF_HOME']).not.toBe(same['HF_HUB_CACHE']);
});

test('only what decides a start makes a difference, by name', () => {
  const record = environmentRecordSchema.parse(JSON.parse(JSON.stringify(recordEnvironment(operators, digests))));
  const from = (variables: Record<string, string | undefined>) =>
    differenceFrom(record, {...operators, ...variables}, digests);
  expect(from({})).toBeNull();
  expect(from({EDITOR: 'nano', SSH_TTY: '/dev/pts/3', GANTRY_STATE_DIR: '/elsewhere'})).toBeNull();
  expect(from({CUDA_VISIBLE_DEVICES: '4,5,6,7', HF_TOKEN: undefined})).toEqual({
    gpuVariables: ['CUDA_VISIBLE_DEVICES'],
    otherVariables: ['HF_TOKEN'],
  });
  // Unset is every GPU, empty is none.
  expect(from({CUDA_VISIBLE_DEVICES: ''})?.gpuVariables).toEqual(['CUDA_VISIBLE_DEVICES']);
  expect(from({CUDA_VISIBLE_DEVICES: undefined})?.gpuVariables).toEqual(['CUDA_VISIBLE_DEVICES']);
  expect(from({NCCL_P2P_DISABLE: '1', HTTPS_PROXY: 'http://other:1'})).toEqual({
    gpuVariables: [],
    otherVariables: ['HTTPS_PROXY', 'NCCL_P2P_DISABLE'],
  });
  expect(from({LLAMA_ARG_TENSOR_SPLIT: '1,1', LLAMA_ARG_DEVICE: 'CUDA1'})?.gpuVariables).toEqual([
    'LLAMA_ARG_DEVICE',
    'LLAMA_ARG_TENSOR_SPLIT',
  ]);
  expect(from({VLLM_API_KEY: 'k', CONDA_PROMPT_MODIFIER: '(a)', TMPDIR: '/t', AWS_SESSION_TOKEN: 's'})).toBeNull();
  const older = {
    ...record,
    digests: {
      ...record.digests,
      TMPDIR: digests.of('TMPDIR', '/t'),
      AWS_ACCESS_KEY_ID: digests.of('AWS_ACCESS_KEY_ID', 'a'),
    },
  };
  expect(differenceFrom(older, operators, digests), 'recorded by an older version').toBeNull();
  expect(differenceFrom(null, {CUDA_VISIBLE_DEVICES: '7'}, digests), 'an older version has recorded none').toBeNull();
  expect(environmentRecordSchema.safeParse({...record, salt: 'ab'}).success, 'of an older version').toBe(false);
  expect(differenceFrom(record, {CUDA_VISIBLE_DEVICES: '7'}, createValueDigests()), 'the key was lost').toBeNull();
});

type Start = ReportedDifference['start'];

test('an engine in another environment has a finding with the names, milder for the PATH alone', () => {
  const severityOf = (
    otherVariables: readonly string[],
    gpuVariables: readonly string[] = [],
    start: Start = 'requested',
  ) => {
    const observed = environmentObservation({start, difference: {gpuVariables, otherVariables}});
    return observed.type === 'own-finding' ? observed.finding.severity : null;
  };
  expect([severityOf(['PATH']), severityOf(['HF_TOKEN', 'PATH'])]).toEqual(['info', 'warning']);
  expect(severityOf([], ['CUDA_VISIBLE_DEVICES'])).toBe('warning');
  expect([severityOf(['HF_TOKEN'], [], 'adopted'), severityOf([], ['CUDA_VISIBLE_DEVICES'], 'adopted')]).toEqual([
    'info',
    'warning',
  ]);
  const observed = environmentObservation({
    start: 'requested',
    difference: {gpuVariables: ['NVIDIA_VISIBLE_DEVICES'], otherVariables: ['HF_TOKEN']},
  });
  const details = {
    start: 'requested',
    variables: ['HF_TOKEN', 'NVIDIA_VISIBLE_DEVICES'],
    gpuVariables: ['NVIDIA_VISIBLE_DEVICES'],
  };
  expect(observed).toMatchObject({finding: {code: 'engine.environment-differs', details}});
  expect(environmentObservation(null)).toEqual({type: 'own-finding-resolved', topic: 'engine.environment-differs'});
});
