import {describe, expect, test} from 'vitest';
import {adviceOf} from '../../../src/domain/diagnosis/cure.ts';
import {type LogContext, unknownLogContext} from '../../../src/engines/engine.ts';
import {type Failure, findFailure, grouped} from '../../../src/engines/log/failure-catalog.ts';
import {fact} from '../../../src/engines/log/log-rules.ts';
import {
  cudaOutOfMemoryPattern,
  otherOutOfMemoryPattern,
  outOfMemoryFacts,
  sizeToBytes,
} from '../../../src/engines/torch/out-of-memory.ts';

const plain: Failure = {
  code: 'plain',
  curedBy: 'arguments',
  pattern: /boom (\d+)/,
  words: 'boom 7',
  details: (match) => ({message: `${match[1]}`, remedy: 'x'}),
};

function find(text: string, entry: Partial<Failure> = {}, context: LogContext = unknownLogContext) {
  return findFailure('nobody', [{...plain, ...entry}], text, context);
}

describe('an entry of a catalog', () => {
  test('is a separate critical failure by default', () => {
    expect(find('a boom 7')).toEqual([
      {
        type: 'failure',
        isConsequence: false,
        isPrecise: false,
        finding: {
          code: 'nobody.plain',
          severity: 'critical',
          message: '7',
          evidence: 'a boom 7',
          remedy: 'x',
          settingsChange: null,
          cure: adviceOf('arguments'),
        },
      },
    ]);
    expect(find('boom 7', {isConsequence: true, isPrecise: true})).toMatchObject([
      {isConsequence: true, isPrecise: true},
    ]);
  });

  test('that does not match is skipped, and the first match counts', () => {
    expect(find('boom')).toEqual([]);
    const catalog = [
      {...plain, code: 'a', pattern: /never/},
      {...plain, code: 'b'},
      {...plain, code: 'c'},
    ];
    expect(findFailure('nobody', catalog, 'boom 1', unknownLogContext)).toMatchObject([{finding: {code: 'nobody.b'}}]);
  });

  test('with a severity is a notice after its facts', () => {
    const events = find('boom 7', {severity: 'info', facts: () => [fact('kvCapacityTokens', 1)]});
    expect(events).toMatchObject([
      {type: 'fact', name: 'kvCapacityTokens', value: 1},
      {type: 'notice', finding: {code: 'nobody.plain', severity: 'info'}},
    ]);
  });

  test('has its facts before it', () => {
    const events = find('boom 7', {facts: (match) => [fact('kvCapacityTokens', Number(match[1]))]});
    expect(events).toMatchObject([{type: 'fact', name: 'kvCapacityTokens', value: 7}, {type: 'failure'}]);
  });

  test('may have a code by the phase, and a fix by the line', () => {
    const entry: Partial<Failure> = {
      codeAt: ({phase}) => `in-${phase ?? 'nothing'}`,
      details: () => ({message: '', remedy: '', curedBy: 'driver', settingsChange: {tensorParallelSize: 1}}),
    };
    expect(find('boom 7', entry, {...unknownLogContext, phase: 'profile'})).toMatchObject([
      {finding: {code: 'nobody.in-profile', cure: adviceOf('driver'), settingsChange: {tensorParallelSize: 1}}},
    ]);
  });

  test('keeps 400 characters of its line', () => {
    const evidenceOf = (text: string) =>
      find(text).map((event) => (event.type === 'failure' ? event.finding.evidence : ''));
    const exact = `boom 7${'x'.repeat(394)}`;
    expect(evidenceOf(exact)).toEqual([exact]);
    expect(evidenceOf(`${exact}y`)).toEqual([`${exact.slice(0, 396)} ...`]);
  });
});

test('digits are grouped by thousands', () => {
  expect([grouped('262144'), grouped('999')]).toEqual(['262,144', '999']);
});

describe('PyTorch’s sizes', () => {
  test.each([
    ['2.00 GiB', 2 * 2 ** 30],
    ['896.00 MiB', 896 * 2 ** 20],
    ['1.50 KiB', 1_536],
    ['512 B', 512],
    ['512', 512],
    ['0.001 KiB', 1],
  ])('%s', (text, bytes) => {
    expect(sizeToBytes(text)).toBe(bytes);
  });
});

describe('memory that ran out', () => {
  const wanted = 'CUDA out of memory. Tried to allocate 2.00 MiB';
  const card = '. GPU 3 has a total capacity of 79.10 GiB of which 1.00 MiB is free';
  const facts = (text: string) => {
    const match = cudaOutOfMemoryPattern.exec(text);
    return match === null ? null : outOfMemoryFacts(match);
  };

  test('is measured if the line has both sizes', () => {
    const both = [fact('heldBytesPerGpu', 2 ** 30), fact('wantedBytesPerGpu', 2 ** 21)];
    expect(facts(`${wanted}${card}. Process 42 has 1.00 GiB memory in use`)).toEqual(both);
    expect(facts(`${wanted}${card}. Including non-PyTorch memory, this process has 1.00 GiB memory in use`)).toEqual(
      both,
    );
    expect(facts(`${wanted}${card}. Of the allocated memory`)).toEqual([]);
    expect(facts(`${wanted}${card}`)).toEqual([]);
    expect(facts(wanted)).toEqual([]);
    expect(facts('CUDA out of memory')).toBeNull();
  });

  test.each([
    ['CUDA error: out of memory', true],
    ['CUDA driver error: out of memory', true],
    ["Cuda failure 'out of memory'", true],
    ["Cuda failure 2 'out of memory'", true],
    ['CUDA_ERROR_OUT_OF_MEMORY', true],
    ['CUDA error: no memory', false],
    ['out of memory', false],
  ])('%s: %s', (text, expected) => {
    expect(otherOutOfMemoryPattern.test(text)).toBe(expected);
  });
});
