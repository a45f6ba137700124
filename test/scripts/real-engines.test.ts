import {readdirSync, readFileSync} from 'node:fs';
import path from 'node:path';
import {expect, test} from 'vitest';
import {z} from 'zod';
import {reasonOf} from '../real/drift/accepted-drift.ts';
import {driftRows, readDrift, withDrift} from '../real/drift/drift-table.ts';
import {findDrift} from '../real/drift/find-drift.ts';
import {shapeOf} from '../real/drift/line-shapes.ts';

const root = path.resolve(import.meta.dirname, '../..');
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');

test('npm test starts no real engine', () => {
  const {scripts} = z.object({scripts: z.record(z.string(), z.string())}).parse(JSON.parse(read('package.json')));
  expect(scripts['test:real']).toContain('test/real/vitest.config.ts');
  expect(scripts['test']).not.toContain('real');
  expect(read('.ci/run')).not.toContain('test:real');
  // What npm test takes as a test, by its name.
  const files = readdirSync(path.join(root, 'test/real'), {recursive: true, encoding: 'utf8'});
  expect(files.filter((file) => file.endsWith('.real.ts'))).toHaveLength(5);
  expect(files.filter((file) => /\.test\.tsx?$/.test(file))).toEqual([]);
});

test('a line has one shape in every run', () => {
  const [one, other] = [
    "(EngineCore pid=12) INFO 11-26 01:50:36 [kv_cache_utils.py:2327] CPU KV cache size: 524,288 tokens in '/a/b'",
    "(EngineCore_0 pid=9) INFO 01-02 03:04:05 [v1/core/kv_cache_utils.py:9] CPU KV cache size: 12 tokens in '/c'",
  ].map(shapeOf);
  expect(one).toBe(other);
  expect(shapeOf('0.00.360.964 I llama_kv_cache:        CPU KV buffer size =     8.00 MiB')).toBe(
    shapeOf('1.02.003.004 I llama_kv_cache: CPU KV buffer size = 12.5 GiB'),
  );
});

test('a difference in lines, metrics or exit statuses is found, and only in what Gantry reads', () => {
  const real = {
    version: '1',
    logs: ['0.00.001.000 I srv  llama_server: model loaded\n0.00.001.000 I srv  anything: else'],
    page: '# TYPE llamacpp:requests_processing gauge\n# TYPE llamacpp:unread_total counter\n',
    exits: {'port in use': 1},
  };
  expect(findDrift('llamacpp', real, real)).toEqual([]);
  const simulated = {
    version: 'simulated',
    logs: ['0.00.001.000 I srv  llama_server: listening on http://127.0.0.1:1'],
    page: '# TYPE llamacpp:requests_processing counter\n',
    exits: {'port in use': 2},
  };
  expect(findDrift('llamacpp', real, simulated)).toEqual([
    {kind: 'exit status', real: 'port in use: 1', simulated: 'port in use: 2'},
    {kind: 'line', real: '-', simulated: 'I srv llama_server: listening on PATH'},
    {kind: 'line', real: 'I srv llama_server: model loaded', simulated: '-'},
    {
      kind: 'metric',
      real: 'llamacpp:requests_processing gauge',
      simulated: 'llamacpp:requests_processing counter',
    },
  ]);
});

test('the page has one part for each engine, and what is written is read again', () => {
  const page = read('docs/engines.md');
  const found = [{kind: 'line', real: 'a | b', simulated: '-'}] as const;
  expect(driftRows('vllm', found)).toEqual(['| line | `a \\| b` | - | - |']);
  for (const engineName of ['vllm', 'llamacpp']) {
    const written = withDrift(page, {engineName, version: '9.9', date: '2026-01-02', found});
    expect(readDrift(written, engineName)).toEqual({version: '9.9', rows: driftRows(engineName, found)});
    const others = ['vllm', 'llamacpp'].filter((name) => name !== engineName);
    for (const other of others) expect(readDrift(written, other)).toEqual(readDrift(page, other));
  }
});

test('each row of the page has the reason why it is accepted, and only lines can have one', () => {
  const page = read('docs/engines.md');
  for (const engineName of ['vllm', 'llamacpp']) {
    const {rows} = readDrift(page, engineName);
    expect(rows.length).toBeGreaterThan(0);
    for (const row of rows) {
      const [, kind, real = '', simulated = '', why = ''] = row.split(/(?<!\\)\|/).map((cell) => cell.trim());
      const plain = (cell: string): string => cell.replace(/^`|`$/g, '').replaceAll('\\|', '|');
      const reason = reasonOf(engineName, {kind: 'line', real: plain(real), simulated: plain(simulated)});
      expect({row, kind, why}).toEqual({row, kind: 'line', why: reason});
    }
  }
  const status = {kind: 'exit status', real: 'port in use: 1', simulated: 'port in use: 2'} as const;
  expect(reasonOf('vllm', status)).toBeNull();
  expect(reasonOf('llamacpp', {kind: 'line', real: 'I print_info: n_layer = N', simulated: '-'})).toBeNull();
});
