import * as fc from 'fast-check';
import {expect, test} from 'vitest';
import {vllm} from '../../../src/engines/vllm/vllm.ts';
import {MAX_SERIES, MAX_SERIES_CHARACTERS} from '../../../src/sources/metrics/exposition-errors.ts';
import {ExpositionReader} from '../../../src/sources/metrics/exposition-reader.ts';

function read(parts: readonly string[], isWanted: (name: string) => boolean = () => true) {
  const reader = new ExpositionReader(isWanted);
  for (const part of parts) {
    const error = reader.push(part);
    if (error !== null) return error.code;
  }
  return reader.end()?.code ?? reader.result();
}

const page = [
  '# TYPE vllm:generation_tokens_total counter',
  'vllm:generation_tokens_total{engine="0",model_name="a \\"b\\" } c"} 13680.0',
  'python_gc_objects_collected_total{generation="0"} 1834.0',
  '',
  'vllm:num_requests_running{engine="0"} 46.0 1700000000',
].join('\n');

test('a page is read the same, however it is cut into parts', () => {
  const whole = read([`${page}\n`]);
  expect(whole).toMatchObject({repeated: []});
  fc.assert(
    fc.property(fc.array(fc.nat(page.length)), (cuts) => {
      const edges = [0, ...cuts.toSorted((a, b) => a - b), page.length];
      const parts = edges.slice(1).map((edge, index) => page.slice(edges[index], edge));
      expect(read([...parts, '\n'])).toEqual(whole);
    }),
  );
});

test('series that are not wanted are not kept, and their labels are not read', () => {
  const kept = read([`${page}\nother{a=1} x\n`], vllm.readsSeries);
  expect(kept).toMatchObject({
    families: [
      {name: 'vllm:generation_tokens_total', points: [{value: 13_680, labels: {model_name: 'a "b" } c'}}]},
      {name: 'vllm:num_requests_running', points: [{value: 46}]},
    ],
  });
  for (const page of ['<html>\n', 'no such page\n', 'Unauthorized\n'])
    expect(read([page], vllm.readsSeries)).toBe('source.metrics.malformed');
});

test('the first value of a series counts, and the series is named', () => {
  expect(read(['a{b="1"} 1\na{b="2"} 2\na{b="1"} 3\n'])).toMatchObject({
    families: [{name: 'a', points: [{value: 1}, {value: 2}]}],
    repeated: ['a{b="1"}'],
  });
});

test('a very long line is skipped if it is not wanted, and named if it is', () => {
  const long = 'x'.repeat(5_000_000);
  const parts = [`# HELP a ${long}`, `\nb{c="${long}`, `${long}"} 1\na 1\n`];
  expect(read(parts, (name) => name === 'a')).toMatchObject({families: [{name: 'a', points: [{value: 1}]}]});
  expect(read(parts)).toBe('source.metrics.too-large');
  expect(read([`a{c="${'x'.repeat(MAX_SERIES_CHARACTERS)}"} 1\n`])).toBe('source.metrics.too-large');
  expect(read([`<${long}`])).toBe('source.metrics.malformed');
});

test('a page with too many series is refused as a whole', () => {
  const rows = (count: number) => Array.from({length: count}, (_, index) => `a{b="${index}"} 1\n`).join('');
  expect(read([rows(MAX_SERIES)])).toMatchObject({repeated: []});
  expect(read([rows(MAX_SERIES + 1)])).toBe('source.metrics.too-large');
});

/** What others do to the machine is in wall-clock time, and hardly in this. */
function cpuMs(task: () => void): number {
  const before = process.cpuUsage();
  task();
  const {user, system} = process.cpuUsage(before);
  return (user + system) / 1_000;
}

test('8 MB of a page take less time than parsing them as JSON takes ten times', () => {
  const labels = 'engine="0",finished_reason="stop",model_name="moonshotai/Kimi-K2.7-Code"';
  const row = (index: number) =>
    `${index % 4 === 0 ? 'vllm:request_success_total' : 'python_other_total'}{${labels},x="${index}"} ${index}\n`;
  const rows = Array.from({length: 80_000}, (_, index) => row(index));
  const text = rows.join('').slice(0, 8_000_000);
  const json = JSON.stringify(rows.map((line) => ({line, labels: {engine: '0', x: line.length}})));
  const parts = Array.from({length: Math.ceil(text.length / 65_536)}, (_, index) =>
    text.slice(index * 65_536, (index + 1) * 65_536),
  );
  const once = () => read(parts, vllm.readsSeries);
  once();
  const readMs = Math.min(...[0, 1, 2].map(() => cpuMs(once)));
  const jsonMs = Math.min(...[0, 1, 2].map(() => cpuMs(() => void JSON.parse(json))));
  expect(readMs).toBeLessThan(10 * jsonMs);
});

test('a page of declarations alone takes no memory, however many there are', () => {
  const declarations = (start: number): string =>
    Array.from({length: 50_000}, (_, index) => `# TYPE other_${start + index} histogram\n`).join('');
  const parts = [declarations(0), declarations(50_000), '# TYPE vllm:generation_tokens counter\n'];
  const samples = ['vllm:generation_tokens_total 5\n'];
  expect(read([...parts, ...samples], vllm.readsSeries)).toMatchObject({
    families: [{name: 'vllm:generation_tokens', type: 'counter', points: [{value: 5}]}],
  });
  const all = read(parts);
  expect(typeof all === 'object' && all.families.length).toBe(MAX_SERIES);
});
