import {expect, test} from 'vitest';
import {readLines} from './read-lines.ts';

const series = 'vllm:kv_cache_usage_perc';
const head = [`# HELP ${series} KV-cache usage. 1 means 100 percent usage.`, `# TYPE ${series} gauge`];
const point = (pid: number, value: string): string =>
  `${series}{engine="0",model_name="moonshotai/Kimi-K2.7-Code",pid="${pid}"} ${value}`;

test('series of one length were not wrapped: a part of a page is read', () => {
  const page = [
    ...head,
    ...[271, 272, 273, 274, 275].map((pid) => point(pid, pid === 273 ? '0.6530455880475035' : '0.0')),
  ];
  expect(readLines(page)).toMatchObject({
    kind: 'metrics',
    engine: 'vllm',
    exit: 'no-failure',
    summary: [expect.stringContaining('KV cache 65'), expect.anything()],
  });
});

test('a page that a terminal wrapped is put together again', () => {
  const names = ['num_requests_running', 'num_requests_waiting', 'kv_cache_usage_perc', 'num_preemptions_total'];
  const page = names.flatMap((name, index) => [
    `# HELP vllm:${name} What the engine counts of its requests, in words that are longer than a row of a terminal.`,
    `# TYPE vllm:${name} gauge`,
    `vllm:${name}{engine="0",model_name="/models/moonshotai/Kimi-K2.7-Code/snapshots/0123456789abcdef"} ${index + 1}.0`,
  ]);
  const rows = page.flatMap((line) => line.match(/.{1,80}/g) ?? []);
  expect(readLines(rows)).toMatchObject({
    engine: 'vllm',
    summary: [expect.stringContaining('1 request running'), expect.anything()],
  });
});
