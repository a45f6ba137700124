import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {
  chainOf,
  chainsOf,
  explainedBy,
  explainFindings,
  fixedChain,
} from '../../../src/domain/diagnosis/cause-chains.ts';
import {withDetails} from '../../../src/domain/diagnosis/details/details.ts';
import type {Finding} from '../../../src/domain/diagnosis/finding.ts';
import {findingOf} from '../lifecycle/lifecycle-samples.ts';

const lost = (index: number, pciBusId: string | null = null): Finding => ({
  ...findingOf('source.nvidia-smi.gpu-lost'),
  ...withDetails('source.nvidia-smi.gpu-lost', {index, pciBusId, uuid: null}),
});
const xid = (pciBusId: string): Finding => ({
  ...findingOf('host.xid'),
  ...withDetails('host.xid', {pciBusId, index: null, gpuInstanceId: null, xid: 79}),
});
const stranger = (gpuIndexes: number[]): Finding => ({
  ...findingOf('gpu.foreign-process', 'warning'),
  ...withDetails('gpu.foreign-process', {
    cudaNumbers: null,
    pid: 7,
    name: 'python',
    usedBytes: 9e9,
    gpuIndexes,
    plannedBytes: null,
  }),
});
const taken = (index: number): Finding => ({
  ...findingOf('preflight.gpu-memory-taken'),
  ...withDetails('preflight.gpu-memory-taken', {
    neededBytesPerGpu: 9e9,
    cards: [{index, freeBytes: 1e9, holders: []}],
  }),
});

/** The findings in order, each with the code of what explains it. */
const explained = (...findings: Finding[]): readonly (readonly [string, string | null])[] => {
  const all = explainFindings(findings);
  return all.map(({code, explainedBy: position}) => [
    code,
    position === undefined ? null : (all[position]?.code ?? '?'),
  ]);
};

describe('explainFindings', () => {
  test.each(['preflight.limit-low', 'preflight.shared-memory-small'])(
    'a limit of the host (%s) does not explain a start that failed for an unknown reason',
    (code) => {
      expect(explained(findingOf('vllm.start-failed'), findingOf(code, 'warning'))).toEqual([
        ['vllm.start-failed', null],
        [code, null],
      ]);
    },
  );

  test('a small /dev/shm explains that it was full, which explains the start that failed', () => {
    expect(
      explained(
        findingOf('vllm.start-failed'),
        findingOf('vllm.shared-memory-full'),
        findingOf('preflight.shared-memory-small', 'warning'),
      ),
    ).toEqual([
      ['preflight.shared-memory-small', null],
      ['vllm.shared-memory-full', 'preflight.shared-memory-small'],
      ['vllm.start-failed', 'vllm.shared-memory-full'],
    ]);
  });

  test('a lost card explains the missing NCCL peer, the dead worker and the failed start, and comes first', () => {
    expect(
      explained(
        findingOf('lifecycle.crash-loop'),
        findingOf('vllm.nccl'),
        findingOf('preflight.does-not-fit'),
        findingOf('history.newer', 'warning'),
        lost(3),
      ),
    ).toEqual([
      ['source.nvidia-smi.gpu-lost', null],
      ['lifecycle.crash-loop', 'source.nvidia-smi.gpu-lost'],
      ['vllm.nccl', 'source.nvidia-smi.gpu-lost'],
      ['preflight.does-not-fit', 'source.nvidia-smi.gpu-lost'],
      ['history.newer', null],
    ]);
  });

  test('an error of the kernel belongs to the card of the same address', () => {
    const kernel = xid('0000:5d:00');
    expect(explained(kernel, lost(3, '00000000:5D:00.0'))).toContainEqual(['host.xid', 'source.nvidia-smi.gpu-lost']);
    expect(explained(kernel, lost(3, '00000000:9A:00.0'))).toContainEqual(['host.xid', null]);
    expect(explained(kernel, lost(3))).toContainEqual(['host.xid', 'source.nvidia-smi.gpu-lost']);
  });

  test('a foreign process explains a card without memory only where it holds memory of that card', () => {
    expect(explained(taken(5), stranger([5]))).toEqual([
      ['gpu.foreign-process', null],
      ['preflight.gpu-memory-taken', 'gpu.foreign-process'],
    ]);
    expect(explained(taken(5), stranger([4, 6]))).toEqual([
      ['preflight.gpu-memory-taken', null],
      ['gpu.foreign-process', null],
    ]);
  });

  test('a foreign process that holds little does not explain an engine that ran out of memory', () => {
    const monitor = {
      ...stranger([5]),
      ...withDetails('gpu.foreign-process', {
        cudaNumbers: null,
        pid: 7,
        name: 'x',
        usedBytes: 4e8,
        gpuIndexes: [5],
        plannedBytes: 4e8,
      }),
    };
    const codes = (process: Finding) => explained(findingOf('vllm.out-of-memory-loading'), process);
    expect(codes(monitor)).toContainEqual(['vllm.out-of-memory-loading', null]);
    expect(codes(stranger([5]))).toContainEqual(['vllm.out-of-memory-loading', 'gpu.foreign-process']);
  });

  test('a foreign process explains it only by what it holds on cards that the plan uses', () => {
    const notebook = (plannedBytes: number): Finding => ({
      ...findingOf('gpu.foreign-process', 'warning'),
      ...withDetails('gpu.foreign-process', {
        cudaNumbers: null,
        pid: 7,
        name: 'x',
        usedBytes: 6e10,
        gpuIndexes: [3, 7],
        plannedBytes,
      }),
    });
    const codes = (process: Finding) => explained(findingOf('vllm.out-of-memory-loading'), process);
    expect(codes(notebook(0))).toContainEqual(['vllm.out-of-memory-loading', null]);
    expect(codes(notebook(3e8))).toContainEqual(['vllm.out-of-memory-loading', null]);
    expect(codes(notebook(6e9))).toContainEqual(['vllm.out-of-memory-loading', 'gpu.foreign-process']);
  });

  test('steps: the process, the card without memory, the engine that ran out of it, the crash loop', () => {
    const codes = ['lifecycle.crash-loop', 'sglang.out-of-memory-loading'] as const;
    expect(explained(...codes.map((code) => findingOf(code)), taken(5), stranger([5]))).toEqual([
      ['gpu.foreign-process', null],
      ['preflight.gpu-memory-taken', 'gpu.foreign-process'],
      ['sglang.out-of-memory-loading', 'preflight.gpu-memory-taken'],
      ['lifecycle.crash-loop', 'sglang.out-of-memory-loading'],
    ]);
  });

  test.each([
    ['host.out-of-memory', 'lifecycle.engine-exited'],
    ['host.out-of-memory', 'vllm.worker-died'],
    ['source.nvidia-smi.driver-not-answering', 'lifecycle.not-generating'],
    ['lifecycle.not-answering', 'source.metrics.refused'],
    ['lifecycle.not-answering', 'source.metrics.not-http'],
    ['vllm.disk-full', 'history.unusable'],
    ['memory.weights-do-not-fit', 'preflight.does-not-fit'],
    ['vllm.out-of-memory-loading', 'memory.weights-do-not-fit'],
    ['sglang.kv-cache-full', 'engine.requests-waiting'],
    ['engine.requests-waiting', 'engine.first-token-slow'],
    ['engine.no-progress', 'engine.requests-waiting'],
    ['gpu.memory-growing', 'vllm.out-of-memory-serving'],
    ['llamacpp.out-of-memory-kv-cache', 'lifecycle.crash-loop'],
  ])('%s explains %s', (cause, effect) => {
    expect(explained(findingOf(effect), findingOf(cause))).toEqual([
      [cause, null],
      [effect, cause],
    ]);
  });

  test('crashes are explained by what explains the last of them, and by nothing else', () => {
    const loop = (code: string): Finding => ({
      ...findingOf('lifecycle.crash-loop'),
      ...withDetails('lifecycle.crash-loop', {
        crashes: 3,
        sinceMs: 1,
        lastAtMs: 2,
        nextRestartAtMs: null,
        cause: {code},
      }),
    });
    expect(explained(loop('vllm.cuda-error'), lost(3))).toContainEqual([
      'lifecycle.crash-loop',
      'source.nvidia-smi.gpu-lost',
    ]);
    expect(explained(loop('vllm.context-too-long'), lost(3))).toContainEqual(['lifecycle.crash-loop', null]);
    expect(explained(loop('other.failure'), findingOf('other.failure'))).toContainEqual([
      'lifecycle.crash-loop',
      'other.failure',
    ]);
  });

  test.each(['configuration', 'engine', 'gpu', 'host', 'lifecycle', 'memory', 'plan', 'preflight', 'source'])(
    "a code of Gantry's own (%s) is never mistaken for an engine's failure",
    (namespace) => {
      const own = findingOf(`${namespace}.out-of-memory`);
      expect(explained(own, stranger([1]))).toContainEqual([own.code, null]);
      expect(explained(findingOf('vllm.killed'), findingOf(`${namespace}.nccl`))).toContainEqual(['vllm.killed', null]);
    },
  );

  test('memory of the host is no memory of a GPU', () => {
    expect(explained(findingOf('host.out-of-memory'), stranger([1]))).toEqual([
      ['host.out-of-memory', null],
      ['gpu.foreign-process', null],
    ]);
  });

  const codes = [
    'source.nvidia-smi.gpu-lost',
    'host.xid',
    'vllm.nccl',
    'vllm.out-of-memory',
    'lifecycle.crash-loop',
    'lifecycle.engine-exited',
    'gpu.foreign-process',
    'preflight.gpu-memory-taken',
    'preflight.does-not-fit',
    'other.finding',
  ];
  const anyFindings = fc.array(
    fc.record({code: fc.constantFrom(...codes), severity: fc.constantFrom('critical', 'warning', 'info')}),
    {maxLength: 12},
  );

  test('whatever is found: nothing is lost, causes come before effects, and each is in one chain', () => {
    fc.assert(
      fc.property(anyFindings, (specs) => {
        const findings = specs.map(({code, severity}, index) => ({
          ...findingOf(code, severity),
          message: `number ${index}`,
        }));
        const all = explainFindings(findings);
        expect(all.map(({message}) => message).toSorted()).toEqual(findings.map(({message}) => message).toSorted());
        for (const [position, {explainedBy: cause}] of all.entries()) expect(cause ?? -1).toBeLessThan(position);
        const chains = chainsOf(all);
        expect(chains.flatMap(({cause, effects}) => [cause, ...effects])).toEqual(all);
        const ranks = chains.map(({severity}) => ['critical', 'warning', 'info'].indexOf(severity));
        expect(ranks).toEqual(ranks.toSorted((one, other) => one - other));
      }),
    );
  });
});

describe('chains', () => {
  const fixable = {...findingOf('vllm.out-of-memory'), settingsChange: {contextLengthTokens: 65_536}};

  test('are as urgent as the worst finding in them, and have its fix', () => {
    const [chain] = chainsOf(explainFindings([fixable, stranger([1])]));
    expect(chain).toMatchObject({
      severity: 'critical',
      cause: {code: 'gpu.foreign-process'},
      fix: {code: fixable.code},
    });
  });

  test('may begin in the middle', () => {
    const all = explainFindings([findingOf('lifecycle.crash-loop'), fixable, stranger([1])]);
    expect(all.map((finding) => chainOf(finding, all).effects.map(({code}) => code))).toEqual([
      ['vllm.out-of-memory', 'lifecycle.crash-loop'],
      ['lifecycle.crash-loop'],
      [],
    ]);
  });

  test('of a document that names a later finding, or itself, as the cause: each is one of its own', () => {
    const odd = [
      {...findingOf('a.b'), explainedBy: 1},
      {...findingOf('c.d'), explainedBy: 1},
      {...findingOf('e.f'), explainedBy: 9},
    ];
    expect(chainsOf(odd).map(({cause}) => cause.code)).toEqual(['a.b', 'c.d', 'e.f']);
  });
});

describe('fixedChain', () => {
  const fix = (code: string, severity: Finding['severity']): Finding => ({
    ...findingOf(code, severity),
    settingsChange: {tensorParallelSize: 4},
  });

  test('is the first of the most urgent that settings fix', () => {
    const chains = chainsOf([findingOf('a.b'), fix('c.d', 'critical'), fix('e.f', 'critical'), fix('g.h', 'warning')]);
    expect(fixedChain(chains)?.cause.code).toBe('c.d');
  });

  test('is none where only something minor has a fix', () => {
    expect(fixedChain(chainsOf([findingOf('a.b'), fix('c.d', 'warning')]))).toBeUndefined();
    expect(fixedChain(chainsOf([fix('c.d', 'info')]))).toBeUndefined();
    expect(fixedChain([])).toBeUndefined();
  });
});

test('explainedBy names the first cause of several steps', () => {
  const others = [findingOf('vllm.out-of-memory-loading'), taken(5), stranger([5])];
  expect(explainedBy(findingOf('lifecycle.crash-loop'), others)?.code).toBe('gpu.foreign-process');
  expect(explainedBy(findingOf('history.newer'), others)).toBeNull();
});
