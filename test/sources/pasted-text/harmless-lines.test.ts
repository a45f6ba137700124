import * as fc from 'fast-check';
import {expect, test} from 'vitest';
import {readyStart} from '../../engines/vllm/start-log.ts';
import {readLines} from './read-lines.ts';

const traffic =
  '(EngineCore pid=200) INFO 11-23 02:03:40 [loggers.py:259] Engine 000: Avg prompt throughput: 12.5 tokens/s, Avg generation throughput: 310.0 tokens/s, Running: 1 reqs, Waiting: 0 reqs, GPU KV cache usage: 1.5%, Prefix cache hit rate: 40.0%';

/** What a healthy engine's log may have between its lines: other programs that die, and the word error in what others write. */
const harmless = fc.oneof(
  fc
    .tuple(
      fc.constantFrom(
        'Killed                 ',
        'Segmentation fault      (core dumped)',
        'Aborted                ',
        'Bus error              ',
      ),
      fc.constantFrom(
        'nvidia-smi dmon',
        'dcgm-exporter',
        './exporter --port 9400',
        'node_exporter --web.listen-address=:9100',
        'tail -F /tmp/x',
      ),
      fc.integer({min: 2, max: 99_999}),
    )
    .chain(([how, program, pid]) =>
      fc.constantFrom(`/entrypoint.sh: line 12: ${pid} ${how} ${program}`, `[1]+  ${how} ${program}`),
    ),
  fc.constantFrom(
    'INFO:     10.0.0.9:51240 - "GET /error-report/metrics HTTP/1.1" 200 OK',
    "(APIServer pid=100) INFO 11-23 02:02:00 [logger.py:41] Received request chatcmpl-error-1: prompt: 'why does it say RuntimeError: CUDA error?', params: SamplingParams(n=1)",
    'dcgm-exporter: metrics served on :9400',
    'fluent-bit: output error_log flushed, 0 errors',
    'sidecar: nothing to do',
    '',
  ),
);

test('a healthy log stays healthy, whatever harmless lines are between its lines', () => {
  const lines = [...readyStart, traffic];
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(lines.length), harmless), {maxLength: 12}),
      fc.boolean(),
      (added, hasSidecar) => {
        const mixed = lines.flatMap((line, index) => [
          ...added.flatMap(([at, text]) => (at === index ? [text] : [])),
          line,
        ]);
        mixed.push(...added.flatMap(([at, text]) => (at === lines.length ? [text] : [])));
        const shown = hasSidecar
          ? [
              ...mixed.map((text) => `engine-1  | ${text}`),
              'exporter-1  | level=error msg="scrape failed"',
              'exporter-1  | bye',
            ]
          : mixed;
        const found = readLines(shown);
        expect(found).toMatchObject({kind: 'engine-log', exit: 'serving', isReady: true});
        expect(found?.findings.filter(({severity}) => severity === 'critical')).toEqual([]);
      },
    ),
  );
});
