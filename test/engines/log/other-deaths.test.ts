import {describe, expect, test} from 'vitest';
import type {LogDiagnosis} from '../../../src/domain/diagnosis/log-diagnosis.ts';
import {createLogDiagnoser} from '../../../src/engines/log/diagnose-log.ts';
import {vllm} from '../../../src/engines/vllm/vllm.ts';
import {engineDeadLine, outOfMemoryLine, readyStart} from '../vllm/start-log.ts';

function diagnose(lines: readonly string[]): LogDiagnosis {
  const diagnoser = createLogDiagnoser(vllm);
  for (const [index, text] of lines.entries()) diagnoser.take({text, number: index + 1});
  return diagnoser.result();
}

const traffic = ['02:02:20', '02:02:30', '02:02:40', '02:05:00'].map(
  (time) =>
    `(EngineCore pid=200) INFO 11-23 ${time} [loggers.py:259] Engine 000: Avg prompt throughput: 12.5 tokens/s, Avg generation throughput: 310.0 tokens/s, Running: 4 reqs, Waiting: 0 reqs, GPU KV cache usage: 12.5%, Prefix cache hit rate: 40.0%`,
);

describe('the death of a program by a signal, as a shell reports it', () => {
  const ofOthers = [
    '/entrypoint.sh: line 12:    34 Killed                  nvidia-smi dmon',
    '/entrypoint.sh: line 14:    35 Segmentation fault      (core dumped) dcgm-exporter',
    '/entrypoint.sh: line 14:    35 Segmentation fault (core dumped) dcgm-exporter',
    '[1]+  Killed                  ./exporter --port 9400',
    '[1]+  Killed ./exporter --port 9400',
  ];

  test.each(ofOthers)('%s is no end of a server that serves', (line) => {
    expect(diagnose([...readyStart, line, ...traffic])).toMatchObject({exit: 'serving', findings: []});
    expect(diagnose([...readyStart, line])).toMatchObject({exit: 'serving', findings: []});
  });

  test.each(ofOthers)('%s is no end of a start', (line) => {
    const start = [...readyStart.slice(0, 6), line, ...readyStart.slice(6)];
    expect(diagnose([...start, ...traffic])).toMatchObject({exit: 'serving', isReady: true, findings: []});
  });

  test.each(['vllm serve moonshotai/Kimi-K2.7-Code', 'python3 -m vllm.entrypoints.openai.api_server', 'python3 "$@"'])(
    'is the end where it is %s',
    (command) => {
      const line = `/entrypoint.sh: line 12:    34 Killed                  ${command}`;
      const found = diagnose([...readyStart, line]);
      expect(found.exit).toBe('failed');
      expect(found.findings[0]?.code).toBe('log.process-killed');
      expect(diagnose([...readyStart, 'Killed']).exit).toBe('failed');
    },
  );

  test('is no end either where the engine generates text half a minute later', () => {
    for (const line of ['Killed', '/run.sh: line 3:    34 Killed                  python3 helper.py'])
      expect(diagnose([...readyStart, line, ...traffic])).toMatchObject({exit: 'serving'});
    const [soon = ''] = traffic;
    expect(diagnose([...readyStart, 'Killed', soon.replace('02:02:20', '02:01:50')]).exit).toBe('failed');
  });
});

test('a start that served clears the failure of the one before it', () => {
  const stopped = '(APIServer pid=100) INFO 11-23 03:00:00 [launcher.py:10] [shutdown] API server: shutdown triggered';
  const failed = [...readyStart.slice(0, 11), outOfMemoryLine, engineDeadLine];
  const found = diagnose([...failed, ...readyStart, stopped, ...readyStart.slice(0, 6)]);
  expect(found).toMatchObject({exit: 'starting', startCount: 3});
  expect(found.findings.map(({code}) => code)).toEqual(['log.ends-while-starting']);
});
