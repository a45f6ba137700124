import {expect, test, vi} from 'vitest';
import {readWords} from '../../../src/supervisor/process/proc-words.ts';
import {engineProcesses, ProcessNames, processName} from '../../../src/supervisor/watch/engine-processes.ts';

vi.mock('../../../src/supervisor/process/proc-words.ts', {spy: true});

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

test('the title of a process is read once, and again when the kernel calls it something else', async () => {
  let title = 'VLLM::Worker_TP0';
  vi.mocked(readWords).mockImplementation(() => Promise.resolve([title]));
  const process = {pid: 7, startTimeTicks: '9', command: 'python3', state: 'S', parentPid: 1, residentBytes: 0};
  const names = new ProcessNames();
  const nameAs = async (command: string) => (await names.of([{...process, command, isShim: false}])).get(7);
  expect(await nameAs('python3')).toBe('VLLM::Worker_TP0');
  title = 'VLLM::EngineCore';
  expect(await nameAs('python3')).toBe('VLLM::Worker_TP0');
  expect(await nameAs('VLLM::EngineCor')).toBe('VLLM::EngineCore');
  expect(vi.mocked(readWords).mock.calls).toHaveLength(2);
  await names.of([]);
  title = 'another program';
  expect(await nameAs('VLLM::EngineCor')).toBe('another');
  vi.mocked(readWords).mockRestore();
});
