import {expect, test} from 'vitest';
import {isAccessLine} from '../../../src/domain/log-lines/access-line.ts';
import {compileFilter, everyLine, isEveryLine, type LineFilter} from '../../../src/domain/log-lines/line-filter.ts';
import {lineLevel} from '../../../src/domain/log-lines/line-level.ts';
import {lineRank} from '../../../src/domain/log-lines/line-rank.ts';

const access = 'INFO:     10.0.0.7:41234 - "POST /v1/chat/completions HTTP/1.1" 200 OK';
const warning = '(Worker_TP3 pid=812) WARNING 11-23 11:59:01 [cuda.py:12] clocks are low';
const failure = '[rank1]: torch.OutOfMemoryError: CUDA out of memory';
const lines = [access, warning, failure];

function passing(change: Partial<LineFilter>): readonly string[] {
  const filter = compileFilter({...everyLine, ...change});
  if (!filter.ok) throw new Error(filter.error);
  return lines.filter(filter.value);
}

test('a line passes by level, rank, text and pattern', () => {
  expect(passing({})).toEqual(lines);
  expect(passing({level: 'error'})).toEqual([failure]);
  expect(passing({level: 'warning'})).toEqual([warning, failure]);
  expect(passing({rank: 3})).toEqual([warning]);
  expect(passing({text: 'CUDA.PY'})).toEqual([warning]);
  expect(passing({pattern: String.raw`pid=\d+`})).toEqual([warning]);
  expect(passing({level: 'warning', rank: 1, pattern: 'memory$'})).toEqual([failure]);
  expect([everyLine, {...everyLine, rank: 0}].map(isEveryLine)).toEqual([true, false]);
});

test('a regular expression that is not accepted is named', () => {
  expect(compileFilter({...everyLine, pattern: '(a'})).toEqual({ok: false, error: '"(" has no ")" after it'});
});

test('levels, ranks and requests are read as engines write them', () => {
  expect([access, warning, failure, '0.01.234.567 E failed', '12.01.234.567 W slow'].map(lineLevel)).toEqual([
    'other',
    'warning',
    'error',
    'error',
    'warning',
  ]);
  expect([access, warning, failure, '[2026-11-23 11:59:01 DP0 TP7] step', 'rank=2 joined'].map(lineRank)).toEqual([
    null,
    3,
    1,
    7,
    2,
  ]);
  expect([...lines, 'srv  log_server_r: done request: GET /health 10.0.0.7 200'].map(isAccessLine)).toEqual([
    true,
    false,
    false,
    true,
  ]);
});
