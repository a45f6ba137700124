import {existsSync, readdirSync, readFileSync} from 'node:fs';
import path from 'node:path';
import {describe, expect, test} from 'vitest';
import {MOST_TOKEN_SERIES} from '../../../src/engines/metrics/counted-tokens.ts';
import {findEngine} from '../../../src/engines/registry.ts';
import type {EngineMetricsSample} from '../../../src/samples/engine-metrics.ts';
import {isPresent, valueOrNull} from '../../../src/samples/reading.ts';
import type {TokenKind} from '../../../src/samples/token-series.ts';
import {ExpositionReader} from '../../../src/sources/metrics/exposition-reader.ts';

type Mapped = Pick<
  EngineMetricsSample,
  'tokenSeries' | 'promptTokensTotal' | 'cachedPromptTokensTotal' | 'generationTokensTotal'
>;

/** As the supervisor reads a page: only the series that the engine's mapping wants. */
function map(engineName: string, text: string): Mapped {
  const engine = findEngine(engineName);
  if (engine === undefined) throw new Error(engineName);
  const reader = new ExpositionReader(engine.readsSeries);
  const error = reader.push(text) ?? reader.end();
  if (error !== null) throw new Error(error.message);
  return engine.mapMetrics(reader.result().families);
}

const sumOf = ({tokenSeries}: Mapped, kind: TokenKind): number | null => {
  const found = tokenSeries.filter((one) => one.kind === kind);
  return found.length === 0 ? null : found.reduce((sum, {value}) => sum + value, 0);
};

const folder = process.env['GANTRY_RECORDINGS'] ?? '../shared/captures';
const isThere = existsSync(folder);
if (!isThere) console.warn(`NOT TESTED: the recordings of engines are not in ${folder}.`);

/** Pages of metrics, with the engine of each by its name. */
function recordedPages(): readonly {readonly engine: string; readonly text: string; readonly name: string}[] {
  if (!isThere) return [];
  return ['engines', 'field'].flatMap((part) =>
    readdirSync(path.join(folder, part)).flatMap((name) => {
      const engine = /(vllm|sglang|llamacpp)-.*metrics|metrics-(vllm)-/.exec(name);
      const found = engine?.[1] ?? engine?.[2];
      if (found === undefined || !name.endsWith('.txt')) return [];
      const text = readFileSync(path.join(folder, part, name), 'utf8');
      // One recording has several pages, with a heading above each.
      const pages = text.split(/^(?:[=$>]|## ).*$/m).filter((page) => page.includes(`${found}:`));
      return pages.map((page, index) => ({engine: found, text: page, name: `${name} ${index}`}));
    }),
  );
}

describe.skipIf(!isThere)('in recorded pages, the counters of each kind together are its total', () => {
  const pages = recordedPages();
  test('pages of every engine are there', () => {
    expect(new Set(pages.map(({engine}) => engine)).size).toBe(3);
  });
  test.each(pages)('$name', ({engine, text}) => {
    const mapped = map(engine, text);
    expect(sumOf(mapped, 'prompt')).toBe(valueOrNull(mapped.promptTokensTotal));
    expect(sumOf(mapped, 'output')).toBe(valueOrNull(mapped.generationTokensTotal));
    expect(sumOf(mapped, 'cached')).toBe(valueOrNull(mapped.cachedPromptTokensTotal));
    expect(isPresent(mapped.promptTokensTotal)).toBe(true);
  });
});

const vllmPoint = (name: string, engine: number, value: number | string, more = ''): string =>
  `vllm:${name}{engine="${engine}",model_name="kimi"${more}} ${value}`;

describe('the counters of tokens', () => {
  test('of vLLM are apart by engine core, each with the time of its creation', () => {
    const {tokenSeries} = map(
      'vllm',
      [0, 1]
        .flatMap((core) => [
          vllmPoint('prompt_tokens_total', core, 100 + core),
          vllmPoint('prompt_tokens_created', core, `1.78692901862${core}e+09`),
          vllmPoint('prompt_tokens_cached_total', core, 40 + core),
          vllmPoint('generation_tokens_total', core, `1.2345678e+07`),
        ])
        .join('\n'),
    );
    expect(tokenSeries.filter(({kind}) => kind === 'prompt')).toEqual([
      {kind: 'prompt', key: '0 kimi', value: 100, createdSeconds: 1_786_929_018.62},
      {kind: 'prompt', key: '1 kimi', value: 101, createdSeconds: 1_786_929_018.621},
    ]);
    expect(tokenSeries.filter(({kind}) => kind === 'output').map(({value}) => value)).toEqual([12_345_678, 12_345_678]);
  });

  test('of llama-server count a prompt in two parts', () => {
    const {tokenSeries} = map(
      'llamacpp',
      'llamacpp:prompt_tokens_total 10\nllamacpp:prompt_tokens_cached_total 7\nllamacpp:tokens_predicted_total 3',
    );
    expect(tokenSeries.map(({kind, key, value}) => [kind, key, value])).toEqual([
      ['prompt', 'computed', 10],
      ['prompt', 'cached', 7],
      ['cached', '', 7],
      ['output', '', 3],
    ]);
  });

  test('of SGLang are zero before their first event, and the total of its caches counts once', () => {
    const idle = 'sglang:num_running_reqs{tp_rank="0"} 0\nsglang:page_size{tp_rank="0"} 64';
    const before = map('sglang', idle);
    expect(before.tokenSeries.map(({kind, value}) => [kind, value])).toEqual([
      ['prompt', 0],
      ['cached', 0],
      ['output', 0],
    ]);
    const cached = (source: string, value: number): string =>
      `sglang:cached_tokens_total{cache_source="${source}",model_name="kimi"} ${value}`;
    const busy = map('sglang', [idle, cached('device', 30), cached('host', 12), cached('total', 42)].join('\n'));
    expect(busy.tokenSeries.find(({kind}) => kind === 'cached')).toMatchObject({
      key: before.tokenSeries[1]?.key,
      value: 42,
    });
  });

  test.each(['NaN', '+Inf', '-1', '1e300', '9007199254740993'])(
    'with the value %s are left out, others stay',
    (value) => {
      const {tokenSeries} = map(
        'vllm',
        [vllmPoint('prompt_tokens_total', 0, value), vllmPoint('prompt_tokens_total', 1, '9007199254740991')].join(
          '\n',
        ),
      );
      expect(tokenSeries.map(({key, value: read}) => [key, read])).toEqual([['1 kimi', Number.MAX_SAFE_INTEGER]]);
    },
  );

  test('that differ in other labels are added, and left out together where one is impossible', () => {
    const tenants = (value: number | string): string =>
      [
        vllmPoint('prompt_tokens_total', 0, 5, ',tenant="a"'),
        vllmPoint('prompt_tokens_total', 0, value, ',tenant="b"'),
      ].join('\n');
    expect(map('vllm', tenants(7)).tokenSeries.map(({value}) => value)).toEqual([12]);
    expect(map('vllm', tenants(-1)).tokenSeries).toEqual([]);
  });

  test('are added when there are more of them than engine cores, and have short keys', () => {
    const many = Array.from({length: 10_000}, (_, core) => vllmPoint('prompt_tokens_total', core, 2)).join('\n');
    expect(map('vllm', many).tokenSeries).toEqual([{kind: 'prompt', key: '', value: 20_000, createdSeconds: null}]);
    const some = Array.from({length: MOST_TOKEN_SERIES}, (_, core) => vllmPoint('prompt_tokens_total', core, 2));
    expect(map('vllm', some.join('\n')).tokenSeries).toHaveLength(MOST_TOKEN_SERIES);
    const long = `vllm:prompt_tokens_total{engine="${'x'.repeat(5_000)}"} 3`;
    expect(map('vllm', long).tokenSeries[0]?.key.length).toBeLessThan(200);
  });
});
