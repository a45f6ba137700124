import {expect, test} from 'vitest';
import {engineProcesses, processName} from '../../../src/supervisor/watch/engine-processes.ts';

test.each([
  [['VLLM::Worker_TP0'], 'VLLM::Worker_TP0'],
  [['VLLM::EngineCore --secret'], 'VLLM::EngineCore'],
  [['/usr/bin/python3', '/opt/vllm/bin/vllm', 'serve', 'model', '--api-key', 'sk'], 'python3 vllm'],
  [['/usr/bin/python3', '-m', 'vllm.entrypoints.cli.main', 'serve'], 'python3 -m vllm.entrypoints.cli.main'],
  [['/usr/bin/python3', '-c', 'secret = 1'], 'python3'],
  [['./llama-server', '--model', 'x.gguf'], 'llama-server'],
  [[''], 'cut at fifteen'],
  [[], 'cut at fifteen'],
] as const)('a process with the words %j is %s', (words, name) => {
  expect(processName(words, 'cut at fifteen')).toBe(name);
});

test('processes are shown oldest first, with the time of their start by that of the run', async () => {
  const run = {
    runId: 'a',
    pid: 2,
    sessionId: 1,
    startTimeTicks: '1000',
    bootId: 'boot',
    startedAtMs: 50_000,
    directory: '/runs/a',
  };
  const process = {command: 'worker', state: 'S', parentPid: 1, residentBytes: 4_096, isShim: true};
  const shown = await engineProcesses(run, [
    {...process, pid: 9, startTimeTicks: '1250'},
    {...process, pid: 8, startTimeTicks: '999'},
  ]);
  expect(shown.map(({pid, startedAtMs}) => [pid, startedAtMs])).toEqual([
    [8, 49_990],
    [9, 52_500],
  ]);
  expect(shown[0]).toMatchObject({name: 'worker', isShim: true, residentBytes: 4_096});
});
