import {describe, expect, test} from 'vitest';
import type {LogDiagnosis} from '../../../src/domain/diagnosis/log-diagnosis.ts';
import {createLogDiagnoser, type DiagnosedEngine} from '../../../src/engines/log/diagnose-log.ts';
import {sglang} from '../../../src/engines/sglang/sglang.ts';
import {vllm} from '../../../src/engines/vllm/vllm.ts';

function diagnose(engine: DiagnosedEngine, lines: readonly string[]): LogDiagnosis {
  const diagnoser = createLogDiagnoser(engine);
  for (const [index, text] of lines.entries()) diagnoser.take({text, number: index + 1});
  return diagnoser.result();
}

/** A periodic line of vLLM at this time of an hour. */
function periodic(time: string, tokens: number, running: number, waiting = 0): string {
  return `(APIServer pid=12) INFO 11-23 02:${time} [loggers.py:257] Engine 000: Avg prompt throughput: ${tokens}.0 tokens/s, Avg generation throughput: ${tokens}.5 tokens/s, Running: ${running} reqs, Waiting: ${waiting} reqs, GPU KV cache usage: 4.1%, Prefix cache hit rate: 0.0%`.replace(
    '0.5 tokens/s, Running',
    tokens === 0 ? '0.0 tokens/s, Running' : '0.5 tokens/s, Running',
  );
}

const block = (time: string): string =>
  `(EngineCore_DP0 pid=99) INFO 11-23 02:${time} [shm_broadcast.py:681] No available shared memory broadcast block found in 60 seconds. This typically happens when some processes are hanging or doing some time-consuming work (e.g. compilation).`;
const ready = '(APIServer pid=12) INFO:     Application startup complete.';

describe('vLLM that serves', () => {
  test.each([
    [
      'periodic lines without tokens for two minutes',
      [periodic('14:05', 0, 3), periodic('16:05', 0, 3, 4)],
      '3 requests are running',
    ],
    ['requests that only wait', [periodic('14:05', 0, 0, 2), periodic('17:05', 0, 0, 5)], '5 requests are waiting'],
    [
      'a worker that does not answer',
      [periodic('14:05', 50, 3), block('15:10'), block('16:10')],
      '3 requests are running',
    ],
    [
      'the same without any request in the text',
      [ready, block('15:10'), block('16:10')],
      'has not answered for at least 2 min',
    ],
  ])('and hangs has failed: %s', (_, lines, words) => {
    const {exit, findings} = diagnose(vllm, lines);
    expect(exit).toBe('failed');
    expect(findings[0]).toMatchObject({code: 'lifecycle.not-generating', severity: 'critical'});
    expect(findings[0]?.message).toContain(words);
    expect(findings[0]?.evidence).toMatch(new RegExp(`^line ${lines.length}: `));
    expect(findings[0]?.remedy).toMatch(/^Restart the engine.*py-spy dump/);
  });

  test.each([
    [
      'one line without tokens',
      [periodic('14:05', 50, 3), periodic('14:15', 0, 3)],
      'engine.no-progress',
      'at least 10 s while 3 requests',
    ],
    ['one such line alone', [periodic('14:15', 0, 3)], 'lifecycle.not-generating', 'requests and no tokens'],
    [
      'a worker that is late',
      [periodic('14:05', 50, 3), block('15:10')],
      'engine.no-progress',
      'at least 60 s while 3 requests',
    ],
    [
      'a worker that is late, no request',
      [ready, block('15:10')],
      'lifecycle.not-generating',
      'has not answered for at least 60 s',
    ],
    [
      'no more periodic lines',
      [periodic('14:05', 50, 3), '(EngineCore_DP0 pid=99) INFO 11-23 02:19:05 [core.py:1] Something else'],
      'engine.no-progress',
      'at least 5 min while 3 requests',
    ],
  ])('and may hang has a warning that says so: %s', (_, lines, code, words) => {
    const {exit, findings} = diagnose(vllm, lines);
    expect(exit).toBe('serving');
    expect(findings).toMatchObject([{code, severity: 'warning'}]);
    expect(findings[0]?.message).toContain(words);
    expect(findings[0]?.remedy).toContain('This text does not tell whether it hangs');
  });

  test.each([
    ['tokens after it', [periodic('14:05', 0, 3), periodic('16:05', 0, 3), block('16:10'), periodic('16:15', 50, 3)]],
    ['nothing to do', [periodic('14:05', 50, 3), periodic('14:15', 0, 0), periodic('19:15', 0, 0)]],
    ['tokens to the end', [periodic('14:05', 50, 3), periodic('14:15', 50, 3)]],
  ])('and works has none: %s', (_, lines) => {
    expect(diagnose(vllm, lines)).toMatchObject({exit: 'serving', findings: []});
  });

  test('is asked to stop, or fails, after it stood still: its end says more', () => {
    const hang = [ready, periodic('14:05', 0, 3), periodic('18:05', 0, 3)];
    const stopped = diagnose(vllm, [
      ...hang,
      'INFO 11-23 02:19:00 [launcher.py:1] [shutdown] API server: shutdown triggered',
    ]);
    expect(stopped).toMatchObject({exit: 'stopped', findings: []});
    const failed = diagnose(vllm, [
      ...hang,
      '(EngineCore_DP0 pid=99) ERROR 11-23 02:19:05 [core.py:1] TimeoutError: RPC call to execute_model timed out.',
    ]);
    expect(failed.findings.map(({code}) => code)).toEqual(['vllm.worker-hung']);
  });
});

describe('vLLM that starts', () => {
  test('while a worker compiles is no hang, and says how long it has waited only if nothing followed', () => {
    const start = [
      '(EngineCore_DP0 pid=99) INFO 11-23 02:10:00 [gpu_model_runner.py:1] Starting to load model kimi...',
      block('12:10'),
      block('13:10'),
    ];
    expect(diagnose(vllm, start)).toMatchObject({
      exit: 'starting',
      findings: [{code: 'log.ends-while-starting', severity: 'warning'}],
    });
    expect(diagnose(vllm, start).findings[0]?.message).toContain('a worker did not answer for 60 seconds');
    const older = diagnose(vllm, [
      ...start,
      'WARNING 11-23 02:14:10 [shm_broadcast.py:269] No available block found in 60 second.',
    ]);
    expect(older.findings[0]?.evidence).toContain('line 4: ');
    const later = diagnose(vllm, [
      ...start,
      "(Worker_TP0 pid=7) INFO 11-23 02:14:00 [backends.py:1] Using cache directory: /root for vLLM's torch.compile",
    ]);
    expect(later.findings[0]?.message).not.toContain('did not answer');
  });
});

describe('SGLang that serves', () => {
  const decode = (time: string, queued = 0): string =>
    `[2026-05-06 12:${time} TP0] Decode batch, #running-req: 5, #token: 512, token usage: 0.12, cuda graph: True, gen throughput (token/s): 210.11, #queue-req: ${queued}`;
  const health = (time: string): string =>
    `[2026-05-06 12:${time}] Health check failed. Server couldn't get a response from detokenizer for last 20 seconds. tic start time: 12:31:17. last_heartbeat time: 12:31:08`;
  const soft = (time: string): string =>
    `[2026-05-06 12:${time} TP0] Scheduler watchdog timeout (self.watchdog_timeout=300, self.soft=True)`;

  test.each([
    ['its own health check fails for two minutes', [decode('31:07'), health('31:37'), health('33:37')]],
    ['its watchdog waits longer than any step takes', [decode('31:07'), soft('36:20')]],
  ])('and hangs has failed: %s', (_, lines) => {
    const {exit, findings} = diagnose(sglang, lines);
    expect(exit).toBe('failed');
    expect(findings[0]).toMatchObject({code: 'lifecycle.not-generating', severity: 'critical'});
    expect(findings.slice(1).map(({explainedBy}) => explainedBy)).toEqual([0]);
  });

  test('and does not take requests that wait has a warning', () => {
    const lines = [
      decode('31:07', 7),
      '[2026-05-06 12:35:07] INFO:     10.0.0.1:443 - "GET /v1/models HTTP/1.1" 200 OK',
    ];
    expect(diagnose(sglang, lines)).toMatchObject({exit: 'serving', findings: [{code: 'engine.no-progress'}]});
  });

  test('and works again has only its own notice, and one that has nothing to do has none', () => {
    const survived = diagnose(sglang, [
      decode('31:07'),
      health('31:37'),
      health('33:37'),
      soft('36:20'),
      decode('36:30'),
    ]);
    expect(survived).toMatchObject({exit: 'serving'});
    expect(survived.findings.map(({severity}) => severity)).toEqual(['warning', 'warning']);
    expect(diagnose(sglang, [decode('31:07'), health('31:37')]).findings.map(({code}) => code)).toEqual([
      'sglang.health-check-failed',
    ]);
    const idle = [decode('31:07'), '[2026-05-06 12:55:07] INFO:     10.0.0.1:443 - "GET /v1/models HTTP/1.1" 200 OK'];
    expect(diagnose(sglang, idle)).toMatchObject({exit: 'serving', findings: []});
  });
});

test('of data parallelism, the tokens of one engine do not hide that another one hangs', () => {
  const second = (time: string, tokens: number, running: number) =>
    periodic(time, tokens, running).replace('Engine 000', 'Engine 001');
  const answer = '(APIServer pid=12) INFO:     10.0.0.9:51234 - "POST /v1/completions HTTP/1.1" 200 OK';
  const hanging = ['14:05', '14:15', '14:25', '15:05', '15:45', '16:15'].flatMap((time) => [
    periodic(time, 50, 3),
    second(time, 0, 2),
    answer,
  ]);
  const found = diagnose(vllm, [ready, ...hanging]);
  expect(found.exit).toBe('failed');
  expect(found.findings[0]?.message).toContain('2 requests are running');
  expect(found.findings[0]?.evidence).toContain('Engine 001');
  const working = ['14:05', '16:15'].flatMap((time) => [periodic(time, 50, 3), second(time, 40, 2)]);
  expect(diagnose(vllm, [ready, ...working])).toMatchObject({exit: 'serving', findings: []});
  const idle = ['14:05', '16:15'].flatMap((time) => [periodic(time, 50, 3), second(time, 0, 0)]);
  expect(diagnose(vllm, [ready, ...idle])).toMatchObject({exit: 'serving', findings: []});
});
