import * as fc from 'fast-check';
import {expect, test} from 'vitest';
import {withinWords} from '../../../src/shared/within-words.ts';
import {findingOfLine, loggedEvidence, loggedFindings} from '../../../src/views/findings/logged-evidence.ts';
import {buildFinding} from '../../support/build-snapshot.ts';

const outOfMemory = 'torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB.';
const findings = [
  buildFinding({code: 'engine.oom', evidence: outOfMemory}),
  buildFinding({code: 'gpu.hot', evidence: '89'}),
  buildFinding({code: 'gpu.hot', evidence: null}),
  buildFinding({
    code: 'engine.nccl',
    evidence: 'first line of a long report\nNCCL WARN the peer of rank 3 is gone \u2026 40 more',
  }),
  buildFinding({code: 'gpu.hot', evidence: 'the third of these has a line of the log'}),
];
const placeOf = (line: string) => findingOfLine(line, loggedFindings(findings))?.place ?? null;

test('a line is evidence of the finding that shows it, also behind what a worker writes before it', () => {
  expect(placeOf(outOfMemory)).toEqual({code: 'engine.oom', nth: 0});
  expect(placeOf(`(Worker_TP3 pid=9911) ERROR ${outOfMemory}`)).toEqual({code: 'engine.oom', nth: 0});
  expect(placeOf('NCCL WARN the peer of rank 3 is gone, it was at 10.0.0.7')).toEqual({code: 'engine.nccl', nth: 0});
  expect(placeOf('the third of these has a line of the log')).toEqual({code: 'gpu.hot', nth: 2});
});

test('a value, a part of a long line and an unrelated line are no evidence', () => {
  expect(placeOf('Engine 000: 89 requests, temperature 89')).toBeNull();
  expect(placeOf(`${'x'.repeat(200)} the third of these has a line of the log`)).toBeNull();
  expect(placeOf('')).toBeNull();
  expect(findingOfLine(outOfMemory, [])).toBeNull();
});

test('evidence is read without the number of its line and what stands for its rest', () => {
  expect(loggedEvidence({evidence: 'one\n\n two \u2026 and 3 more\n'})).toEqual(['one', 'two']);
  expect(loggedEvidence({evidence: null})).toEqual([]);
  expect(loggedEvidence({evidence: 'line 68: ERROR not enough GPU memory. GPU ...'})).toEqual([
    'ERROR not enough GPU memory. GPU',
  ]);
});

test('the evidence of a finding that a log gave is found in that log, whatever its length', () => {
  const words = fc.array(fc.string({minLength: 1, maxLength: 12, unit: fc.constantFrom(...'abcXYZ019:./=-')}), {
    minLength: 4,
    maxLength: 120,
  });
  fc.assert(
    fc.property(words, fc.integer({min: 1, max: 99_999}), (parts, number) => {
      const line = `ERROR 11-27 20:17:33 [model.py:5505] ${parts.join(' ')} end`;
      const evidence = `line ${number}: ${withinWords(line, 400)}`;
      const logged = loggedFindings([buildFinding({code: 'engine.any', evidence})]);
      expect(findingOfLine(line, logged)?.place.code).toBe('engine.any');
    }),
  );
});
