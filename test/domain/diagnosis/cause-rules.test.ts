import {describe, expect, test} from 'vitest';
import {explainedBy} from '../../../src/domain/diagnosis/cause-chains.ts';
import {causeRules} from '../../../src/domain/diagnosis/cause-rules.ts';
import {type DetailedCode, type DetailsOf, withDetails} from '../../../src/domain/diagnosis/details/details.ts';
import type {Finding} from '../../../src/domain/diagnosis/finding.ts';
import {startPhases} from '../../../src/domain/lifecycle/phases.ts';
import {unknownLogContext} from '../../../src/engines/engine.ts';
import {llamacppFailures} from '../../../src/engines/llamacpp/failures/catalog.ts';
import type {Failure} from '../../../src/engines/log/failure-catalog.ts';
import {sglangFailures} from '../../../src/engines/sglang/failures/catalog.ts';
import {vllmFailures} from '../../../src/engines/vllm/failures/catalog.ts';
import {BYTES_PER_GIB} from '../../../src/shared/units.ts';
import {readSource, sourceFiles} from '../../architecture/source-tree.ts';
import {findingOf} from '../lifecycle/lifecycle-samples.ts';
import {causeTable, unrelatedCodes} from './cause-table.ts';

function factsOf<C extends DetailedCode>(code: C, details: DetailsOf<C>): readonly [string, Finding] {
  return [code, {...findingOf(code), ...withDetails(code, details)}];
}

const GIB = BYTES_PER_GIB;
const tooSmallPool = {plannedBytesPerGpu: 60 * GIB, measuredBytesPerGpu: 20 * GIB};

/** Where the facts of both decide, these agree: one card, too little memory, too much overhead. */
const withFacts: ReadonlyMap<string, Finding> = new Map([
  factsOf('plan.checkpoint-differs', {plannedBytes: 500 * GIB, measuredBytes: 900 * GIB}),
  factsOf('plan.weights-differ', {plannedBytesPerGpu: 60 * GIB, measuredBytesPerGpu: 100 * GIB}),
  factsOf('plan.gpu-memory-differs', {gpuIndex: 0, plannedBytes: 140 * GIB, measuredBytes: 100 * GIB}),
  factsOf('plan.gpu-memory-in-use', {
    usedBytesPerGpu: 40 * GIB,
    freeBytesPerGpu: 60 * GIB,
    totalBytesPerGpu: 100 * GIB,
  }),
  factsOf('plan.kv-pool-differs', tooSmallPool),
  factsOf('plan.kv-pool-reduced', tooSmallPool),
  factsOf('plan.overhead-implausible', {
    isLowerBound: false,
    measuredBytesPerGpu: 42 * GIB,
    usedBytesPerGpu: 2 * GIB,
    leastBytesPerGpu: 0,
    mostBytesPerGpu: 16 * GIB,
  }),
  factsOf('gpu.foreign-process', {
    cudaNumbers: null,
    pid: 7,
    name: 'python',
    usedBytes: 40 * GIB,
    gpuIndexes: [0],
    plannedBytes: 40 * GIB,
  }),
  factsOf('preflight.gpu-memory-taken', {
    neededBytesPerGpu: 90 * GIB,
    cards: [{index: 0, freeBytes: 60 * GIB, holders: []}],
  }),
  factsOf('gpu.memory-growing', {
    gpus: [
      {
        index: 0,
        grower: 'other-programs',
        bytesPerHour: GIB,
        usedBytes: 90 * GIB,
        freeBytes: GIB,
        fullInMs: 3_600_000,
        unplannedBytes: null,
        spanMs: 600_000,
      },
    ],
  }),
  factsOf('lifecycle.rolled-back', {differences: [{key: 'port', current: 8_000, requested: 8_001}]}),
  factsOf('configuration.differs', {
    differences: [{key: 'engine.port', current: 8_000, requested: 8_001, place: null}],
    restart: {verdict: 'unchecked'},
  }),
]);

const finding = (code: string): Finding => withFacts.get(code) ?? findingOf(code);
const tableCodes = [...new Set(causeTable.flat(2))];
const allCodes = [...tableCodes, ...unrelatedCodes];

describe('which finding explains which', () => {
  const effectsOf = (cause: string): readonly string[] =>
    causeTable.flatMap(([causes, effects]) => (causes.includes(cause) ? effects : []));

  test.each(allCodes)('%s explains what the table has, and nothing else', (cause) => {
    const explained = allCodes.filter(
      (effect) => effect !== cause && explainedBy(finding(effect), [finding(cause), finding(effect)]) !== null,
    );
    expect(explained.toSorted()).toEqual([...new Set(effectsOf(cause))].toSorted());
  });

  test('no code is on both lists', () => {
    expect(unrelatedCodes.filter((code) => tableCodes.includes(code))).toEqual([]);
  });
});

describe('every code of the rules is reported by something', () => {
  const contexts = [null, ...startPhases].flatMap((phase) =>
    [false, true].map((isReady) => ({...unknownLogContext, phase, isReady})),
  );
  const codesOf = (engine: string, failures: readonly Failure[]): readonly string[] =>
    failures.flatMap(({code, codeAt}) => [
      `${engine}.${code}`,
      ...contexts.map((context) => `${engine}.${codeAt?.(context) ?? code}`),
    ]);
  const ofEngines = new Set([
    ...codesOf('vllm', vllmFailures),
    ...codesOf('sglang', sglangFailures),
    ...codesOf('llamacpp', llamacppFailures),
    // From numbers of the start.
    'llamacpp.no-latent-tensors',
  ]);
  const isOfEngine = (code: string): boolean => /^(?:vllm|sglang|llamacpp)\./.test(code);

  /** Where Gantry's own codes are given, as text: the rules name them too, and prove nothing. */
  const sources = sourceFiles()
    .filter((file) => !/^domain\/diagnosis\/cause-(?:rules|codes|conditions)\.ts$/.test(file))
    .map((file) => ({isSource: file.startsWith('sources/'), text: readSource(file)}));
  /** Sources write their codes without the namespace: `gpu-lost`. */
  const isGiven = (code: string): boolean =>
    sources.some(
      ({isSource, text}) =>
        text.includes(`'${code}'`) || (isSource && text.includes(`'${code.replace(/^source\.[\w-]+\./, '')}'`)),
    );

  const patterns = [...new Set(causeRules.flatMap(({causes, effects}) => [...causes, ...effects]))];

  test.each(patterns.filter((code) => code.startsWith('*.')))('%s, by an engine', (pattern) => {
    expect([...ofEngines].some((code) => code.endsWith(pattern.slice(1)))).toBe(true);
  });

  test.each(patterns.filter((code) => !code.startsWith('*.')))('%s, by Gantry', (code) => {
    expect(isGiven(code)).toBe(true);
  });

  test('every code of the table, by an engine or by Gantry', () => {
    expect(allCodes.filter((code) => !(isOfEngine(code) ? ofEngines.has(code) : isGiven(code)))).toEqual([]);
  });

  test('every code of the rules is in the table', () => {
    const isInTable = (pattern: string): boolean =>
      tableCodes.some((code) =>
        pattern.startsWith('*.') ? isOfEngine(code) && code.endsWith(pattern.slice(1)) : code === pattern,
      );
    expect(patterns.filter((pattern) => !isInTable(pattern))).toEqual([]);
  });

  test('a code that nothing reports is noticed', () => {
    expect(isGiven('source.nvidia-smi.gpu-stolen')).toBe(false);
    expect(ofEngines.has('vllm.gpu-stolen')).toBe(false);
  });
});

test('no code explains itself, however indirectly', () => {
  const patterns = [...new Set(causeRules.flatMap(({causes, effects}) => [...causes, ...effects]))];
  const effectsOf = (code: string): readonly string[] =>
    causeRules.filter(({causes}) => causes.includes(code)).flatMap(({effects}) => effects);
  const isReached = (code: string, from: string, passed: readonly string[] = []): boolean =>
    effectsOf(from).some(
      (effect) => effect === code || (!passed.includes(effect) && isReached(code, effect, [...passed, effect])),
    );
  expect(patterns.filter((code) => isReached(code, code))).toEqual([]);
});
