import {expect, test} from 'vitest';
import {readLines} from './read-lines.ts';

const from = (text: string): string => `Oct 03 02:10:11 node7 systemd[1]: ${text}`;
const failed = from("vllm.service: Failed with result 'exit-code'.");

test.each([
  ['203/EXEC', 'could not execute the program', 'ExecStart='],
  ['200/CHDIR', 'working directory', 'WorkingDirectory='],
  ['217/USER', 'does not know the user', 'User='],
  ['226/NAMESPACE', 'file systems of the unit', 'BindPaths='],
  ['205/LIMITS', 'limits of the unit', 'LimitNOFILE='],
  ['243/CREDENTIALS', 'credential', 'LoadCredential='],
  ['214/SETSCHEDULER', 'SETSCHEDULER', 'systemd.exec(5)'],
])('a program that systemd could not execute: %s', (status, message, remedy) => {
  const found = readLines([from(`vllm.service: Main process exited, code=exited, status=${status}`), failed]);
  expect(found).toMatchObject({kind: 'unit-log', exit: 'failed', findings: [{code: 'host.unit-not-started'}]});
  expect(found?.findings[0]?.message).toMatch(/^vllm\.service: /);
  expect(found?.findings[0]?.message).toContain(message);
  expect(found?.findings[0]?.remedy).toContain(remedy);
});

test('the line before it says which file', () => {
  const found = readLines([
    from('vllm.service: Failed to locate executable /opt/venv/bin/vllm: No such file or directory'),
    from('vllm.service: Failed at step EXEC spawning /opt/venv/bin/vllm: No such file or directory'),
    from('vllm.service: Main process exited, code=exited, status=203/EXEC'),
    failed,
  ]);
  expect(found?.findings[0]?.message).toContain('(EXEC: No such file or directory)');
});

test.each([
  ['vllm.service: start operation timed out. Terminating.', 'host.unit-start-timeout', 'TimeoutStartSec=infinity'],
  ['vllm.service: Watchdog timeout (limit 30s)!', 'host.unit-watchdog', 'WatchdogSec'],
  [
    'vllm.service: Failed to load environment files: No such file or directory',
    'host.unit-not-started',
    'EnvironmentFile=',
  ],
  ['vllm.service: Unit configuration has fatal error, unit will not be started.', 'host.unit-not-started', 'verify'],
])('other reasons of systemd: %s', (text, code, remedy) => {
  const found = readLines([from('Starting vLLM...'), from(text)]);
  expect(found).toMatchObject({kind: 'unit-log', exit: 'failed', findings: [{code}]});
  expect(found?.findings[0]?.remedy).toContain(remedy);
});

test('the exit of the program itself is that of the program', () => {
  const found = readLines([from('vllm.service: Main process exited, code=exited, status=1/FAILURE'), failed]);
  expect(found).toMatchObject({kind: 'engine-log', findings: [{code: 'log.exit-code'}]});
});

test('what the program printed says more than its unit', () => {
  const found = readLines([
    'ValueError: No available memory for the cache blocks.',
    from('vllm.service: Main process exited, code=exited, status=1/FAILURE'),
  ]);
  expect(found?.findings[0]?.code).toContain('no-kv-cache-memory');
});
