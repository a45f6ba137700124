import {expect, test} from 'vitest';
import {engineDeadLine, outOfMemoryLine, readyStart} from '../../engines/vllm/start-log.ts';
import {readLines} from './read-lines.ts';

const ofService = (name: string, lines: readonly string[]): string[] =>
  lines.map((text) => `${name.padEnd(8)} | ${text}`);
const failed = [...readyStart.slice(0, 11), outOfMemoryLine, engineDeadLine];
const idle =
  '(EngineCore pid=200) INFO 11-23 02:03:40 [loggers.py:259] Engine 000: Avg prompt throughput: 0.0 tokens/s, Avg generation throughput: 310.0 tokens/s, Running: 1 reqs, Waiting: 0 reqs, GPU KV cache usage: 1.5%, Prefix cache hit rate: 40.0%';

test('a container that failed is read behind many containers without an engine', () => {
  const sidecars = Array.from({length: 12}, (_, index) => ofService(`svc${index}-1`, ['hello', 'still here'])).flat();
  const served = ofService('good-1', [...readyStart, idle]);
  const found = readLines([...sidecars, ...ofService('bad-1', failed), ...served]);
  expect(found).toMatchObject({kind: 'engine-log', exit: 'failed'});
  expect(found?.findings[0]?.code).toBe('vllm.out-of-memory-capturing');
});

test('the restart of the first container counts, however long its log is before the second one appears', () => {
  const filled = [...Array.from({length: 19_900}, () => idle), outOfMemoryLine, engineDeadLine];
  const noise = Array.from({length: 200}, () => 'still here');
  const restarted = [...readyStart, ...filled, ...noise, ...readyStart, idle];
  const found = readLines([...ofService('first-1', restarted), ...ofService('other-1', ['hello', 'still here'])]);
  expect(found).toMatchObject({kind: 'engine-log', exit: 'serving'});
});

test('a container that no engine is known by, and that names one in its failure, is read too', () => {
  const library = 'llama-server: error while loading shared libraries: libcudart.so.12: cannot open shared object file';
  const served = [...readyStart, idle];
  const found = readLines([...ofService('small-1', [library]), ...ofService('large-1', served)]);
  expect(found).toMatchObject({exit: 'failed'});
});
