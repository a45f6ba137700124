import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import type {Snapshot} from '../../../src/api/snapshot.ts';
import type {PreviewAnswer} from '../../../src/client/answers/previews.ts';
import {absent} from '../../../src/samples/reading.ts';
import {textWidth} from '../../../src/shared/text-width.ts';
import {BYTES_PER_GIB} from '../../../src/shared/units.ts';
import {unicodeGlyphs} from '../../../src/views/glyphs.ts';
import {refusalOfAnswer} from '../../../src/views/restart/judgement-rows.ts';
import {restartDialogRows} from '../../../src/views/restart/restart-dialog-view.ts';
import {buildConsoleData, buildFinding, buildSnapshot, type DeepPartial} from '../../support/build-snapshot.ts';
import {answerOf} from '../../support/console-screens.ts';
import {anySnapshot} from '../arbitraries.ts';
import {textOf} from '../draw.ts';

const size = {columns: 72, glyphs: unicodeGlyphs};

/** What a supervisor says of a restart with this context. */
function answer(snapshot: Snapshot, draftContextTokens: number | null): PreviewAnswer {
  if (draftContextTokens === null) return {kind: 'checking'};
  const command = {type: 'restart', change: {contextLengthTokens: draftContextTokens}} as const;
  return answerOf(buildConsoleData({snapshot}), {command});
}

function textFor(snapshot: Snapshot, draftContextTokens: number | null, given = answer(snapshot, draftContextTokens)) {
  const rows = restartDialogRows({snapshot, draftContextTokens, answer: given, ...size});
  return `\n${rows.map(textOf).join('\n')}\n`;
}

function dialog(draftContextTokens: number | null, overrides: DeepPartial<Snapshot> = {}) {
  const snapshot = buildSnapshot(overrides);
  const refusal = refusalOfAnswer(answer(snapshot, draftContextTokens));
  return {text: textFor(snapshot, draftContextTokens), refusal};
}

describe('the restart dialog', () => {
  test('of a shorter context says what changes, and that memory does not', () => {
    const {text, refusal} = dialog(131_072);
    expect(text).toMatchInlineSnapshot(`
      "
      largest request           262,144 tokens → 131,072 tokens
      ▲ Longer requests of clients set up for 262,144 tokens will be refused.
      concurrent, full length            3.03× → 6.07×
      concurrent, 6,590 tok measured         120.65× → unchanged
      KV cache                  795,104 tokens → unchanged
      KV cache per GPU                52.0 GiB → unchanged
      memory fits · longest that fits 262,144 tokens · plan calibrated
      46 requests running, 3 waiting; they are dropped if it stops now.
      A start takes about 9m 00s (median of 3 starts), $3.00 of node time.
      A shorter context frees no memory: the memory fraction sets the KV
      cache. It changes which requests are accepted, and how many of full
      length run concurrently.
      "
    `);
    expect(refusal).toBeNull();
  });

  test('where the running start contradicts its plan, promises what that start measured', () => {
    const plain = buildSnapshot();
    const measured = {kvCapacityTokens: 100_000, kvCachePoolBytesPerGpu: 6 * BYTES_PER_GIB};
    const contradicted = {
      ...plain,
      engine: {...plain.engine, facts: {...plain.engine.facts, ...measured}},
      findings: [buildFinding({code: 'plan.kv-tokens-differ'})],
    };
    const text = textFor(contradicted, 131_072, answer(plain, 131_072));
    expect(text).toMatch(/KV cache +100,000 tokens → unchanged/);
    expect(text).toMatch(/KV cache per GPU +6\.0 GiB → unchanged/);
    expect(text).toContain('longest that fits 100,000 tokens');
    expect(text).toContain('as measured by the running start');
    const other = textFor({...contradicted, findings: []}, 131_072, answer(plain, 131_072));
    expect(other).not.toContain('as measured by the running start');
    expect(other).toContain('longest that fits 262,144 tokens');
  });

  test('names in one row what a restart also takes from the configuration', () => {
    const snapshot = buildSnapshot();
    const judged = answer(snapshot, 131_072);
    if (judged.kind !== 'judged') throw new Error('it is judged');
    const fromConfiguration = [
      {key: 'kvCacheDtype', current: 'auto', requested: 'fp8'},
      {key: 'port', current: 8000, requested: 8001},
    ] as const;
    const taken = textFor(snapshot, 131_072, {
      kind: 'judged',
      preview: {...judged.preview, fromConfiguration: [...fromConfiguration]},
    });
    expect(taken).toContain('\nAlso from the configuration: KV cache fp8, port 8001.\n');
    expect(textFor(snapshot, 131_072)).not.toContain('from the configuration');
  });

  test('does not say that only the engine restarts, or memory stays, where the configuration changes more', () => {
    const snapshot = buildSnapshot();
    for (const tokens of [262_144, 131_072]) {
      const judged = answer(snapshot, tokens);
      if (judged.kind !== 'judged') throw new Error('it is judged');
      const fromConfiguration = [{key: 'tensorParallelSize', current: 8, requested: 4} as const];
      const taken = textFor(snapshot, tokens, {kind: 'judged', preview: {...judged.preview, fromConfiguration}});
      expect(taken).not.toMatch(/only restarts|frees no memory/);
      expect(textFor(snapshot, tokens)).toMatch(/only restarts|frees no memory/);
    }
  });

  test('says that requests as large as those that are measured are refused', () => {
    expect(dialog(4_096).text).toMatch(/concurrent, 6,590 tok measured +120.65× → refused/);
  });

  test('compares the logged pool with the planned one', () => {
    const snapshot = buildSnapshot({
      engine: {facts: {kvCapacityTokens: 520_000, kvCachePoolBytesPerGpu: 34 * BYTES_PER_GIB}},
    });
    const text = textFor(snapshot, 131_072, answer(buildSnapshot(), 131_072));
    expect(text).toMatch(/KV cache +520,000 tokens → 795,104 tokens/);
    expect(text).toMatch(/KV cache per GPU +34.0 GiB → 52.0 GiB/);
    expect(text).toMatch(/concurrent, full length +1.98× → 6.07×/);
  });

  test('says why a restart would be refused, and what helps, before the dropped requests', () => {
    const {refusal, text} = dialog(1_000_000);
    expect(text).toMatch(/\nrefused: .*1,000,000/);
    expect(text).toMatch(/\n→ /);
    expect(text.indexOf('refused:')).toBeLessThan(text.indexOf('they are dropped'));
    expect(text).toContain('context exceeds the model · longest that fits 262,144 tokens');
    expect(refusal?.message).toContain('1,000,000');
    expect(refusal?.remedy).not.toBe('');
  });

  test('says nothing about memory while it is checking, or if it could not be checked', () => {
    const snapshot = buildSnapshot();
    const checking = textFor(snapshot, 131_072, {kind: 'checking'});
    expect(checking).toContain('\nchecking ...\n');
    const error = {code: 'x', message: 'nobody answers.', remedy: 'Start one.'};
    const failed = textFor(snapshot, 131_072, {kind: 'failed', error});
    expect(failed).toContain('\nNot checked: nobody answers.\n→ Start one.\n');
    for (const text of [checking, failed]) {
      expect(text).toContain('262,144 tokens → 131,072 tokens');
      expect(text).toContain('46 requests running, 3 waiting; they are dropped if it stops now.');
      expect(text).not.toMatch(/fits|KV cache|memory/);
    }
  });

  test('shows the dropped requests, and the price of the downtime', () => {
    const {text} = dialog(131_072);
    expect(text).toContain('46 requests running, 3 waiting; they are dropped if it stops now.');
    expect(text).toContain('A start takes about 9m 00s (median of 3 starts), $3.00 of node time.');
  });

  test('guesses neither a price nor a downtime nor a number of requests', () => {
    const unknown = absent('the metrics endpoint does not answer');
    const {text} = dialog(131_072, {
      cost: {nodeUsdPerHour: absent('not configured')},
      engine: {usualStart: absent('no comparable start on this node yet')},
      traffic: {runningRequests: unknown},
    });
    expect(text).toContain('The number of running requests is unknown (the metrics endpoint does');
    expect(text).toContain('How long a start takes is unknown');
    expect(text).not.toContain('$');
    expect(dialog(131_072, {cost: {nodeUsdPerHour: unknown}}).text).toContain(
      'A start takes about 9m 00s (median of 3 starts).',
    );
  });

  test('says that no request is dropped if none is running', () => {
    expect(dialog(131_072, {traffic: {runningRequests: 0, waitingRequests: 0}}).text).toContain(
      'No requests are running',
    );
  });

  test('warns of a context too short for Hermes Agent', () => {
    expect(dialog(32_768).text).toContain('Agents such as Hermes Agent need at least 64,000 tokens');
    expect(dialog(65_536).text).not.toContain('Hermes');
  });

  test('of the same context only restarts', () => {
    expect(dialog(262_144).text).toContain('this only restarts the engine');
    expect(dialog(262_144).refusal).toBeNull();
  });

  test('waits for a number, and shows why nothing can be planned', () => {
    expect(dialog(null).text).toContain('now 262,144 tokens');
    expect(dialog(8_192, {plan: absent('no card was read')}).text).toContain('Not checked: no card was read');
    expect(dialog(8_192, {engine: {settings: {model: 'someone/else'}}}).refusal?.message).toContain('someone/else');
    const none = {...buildSnapshot(), engine: {...buildSnapshot().engine, settings: null}};
    expect(restartDialogRows({snapshot: none, draftContextTokens: 8_192, answer: {kind: 'checking'}, ...size})).toEqual(
      [],
    );
  });

  test('keeps its width whatever is known and typed', () => {
    const drafts = fc.option(fc.integer({min: 1, max: 2_000_000}));
    fc.assert(
      fc.property(anySnapshot(false), drafts, fc.nat(110), (snapshot, draft, columns) => {
        const given = answer(snapshot, draft);
        const view = restartDialogRows({
          snapshot,
          draftContextTokens: draft,
          answer: given,
          columns,
          glyphs: unicodeGlyphs,
        });
        for (const row of view) expect(textWidth(textOf(row))).toBeLessThanOrEqual(columns);
        expect(view.map(textOf).join(' ')).not.toMatch(/NaN|Infinity|undefined/);
      }),
    );
  });
});

describe('for an engine without a memory fraction', () => {
  test('says that the cache follows the context, and nothing is unchanged', () => {
    const gguf = {engine: 'llamacpp', model: 'unsloth/Kimi-K2.7-Code-GGUF', format: 'UD-Q4_K_XL'};
    const {text} = dialog(65_536, {engine: {settings: gguf}});
    expect(text).toMatch(/KV cache +262,144 tokens . 65,536 tokens/);
    expect(text).not.toContain('unchanged');
    expect(text).toMatch(/which all running\s+requests share/);
  });
});
