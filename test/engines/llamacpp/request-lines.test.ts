import {describe, expect, test} from 'vitest';
import {unknownLogContext} from '../../../src/engines/engine.ts';
import {llamacpp} from '../../../src/engines/llamacpp/llamacpp.ts';
import {readRequestLine} from '../../../src/engines/llamacpp/request-lines.ts';

const prefix = '0.01.272.893 I slot print_timing: id  0 | task 7 | ';

describe('the times of requests in the log of llama-server', () => {
  test.each([
    [
      `${prefix}prompt eval time =     173.08 ms /    44 tokens (    3.93 ms per token,   254.21 tokens per second)`,
      {part: 'prefill', ms: 173.08},
    ],
    [
      `${prefix}       eval time =     411.15 ms /    16 tokens (   27.41 ms per token,    36.48 tokens per second)`,
      {part: 'decode', ms: 411.15, generatedTokens: 16},
    ],
    [`${prefix}      total time =     584.24 ms /    60 tokens`, {part: 'complete', ms: 584.24, task: '7'}],
    [
      '0.01.273.026 I slot      release: id  0 | task 7 | stop processing: n_tokens = 59, truncated = 0',
      {part: 'released', task: '7', tokens: 59},
    ],
    // As builds of 2025 wrote them: the times without a prefix of their own, and no times of day.
    ['prompt eval time =    1249.87 ms /   522 tokens (    2.39 ms per token)', {part: 'prefill', ms: 1249.87}],
    ['      total time =   22493.17 ms /   922 tokens', {part: 'complete', ms: 22_493.17, task: null}],
    [
      'slot      release: id  3 | task 12 | stop processing: n_past = 921, truncated = 0',
      {part: 'released', task: '12', tokens: 921},
    ],
    [
      'slot      release: id  3 | task 12 | stop processing: n_tokens = 921, truncated = 1',
      {part: 'released', task: '12', tokens: null},
    ],
  ])('%s', (text, expected) => {
    expect(readRequestLine(text)).toEqual(expected);
    expect(llamacpp.interpretLogLine(text, unknownLogContext)).toEqual([{type: 'request', request: expected}]);
  });

  test.each([
    `${prefix}n_gen =    196, tg =  64.90 t/s, tg_3s =  65.23 t/s`,
    `${prefix}   graphs reused =        392`,
    `${prefix}prompt processing, n_tokens =    482, progress = 0.92, t =   3.31 s / 145.81 tokens per second`,
    'llama_perf_context_print:       total time =   22493.17 ms /   922 tokens',
    'srv  log_server_r: request: prompt eval time =     173.08 ms /    44 tokens',
    'common_chat_peg_parse: unparsed output: total time =     1.00 ms /    1 tokens',
    // A time that is no number is not a time of zero.
    `${prefix}prompt eval time =     inf ms /    44 tokens`,
    `${prefix}       eval time =       nan ms /     0 tokens`,
    '',
  ])('not a time of a request: %s', (text) => {
    expect(readRequestLine(text)).toBeNull();
  });
});
