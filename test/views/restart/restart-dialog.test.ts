import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import type {Snapshot} from '../../../src/api/snapshot.ts';
import {createWhatIf} from '../../../src/cli/planning/what-if.ts';
import {absent} from '../../../src/samples/reading.ts';
import {textWidth} from '../../../src/shared/text-width.ts';
import {BYTES_PER_GIB} from '../../../src/shared/units.ts';
import {unicodeGlyphs} from '../../../src/views/glyphs.ts';
import {createRestartDialogView} from '../../../src/views/restart/restart-dialog.ts';
import {buildSnapshot, type DeepPartial} from '../../support/build-snapshot.ts';
import {anySnapshot} from '../arbitraries.ts';
import {textOf} from '../draw.ts';

const restartDialogView = createRestartDialogView(createWhatIf(() => null));

function dialog(draftContextTokens: number | null, overrides: DeepPartial<Snapshot> = {}) {
  const view = restartDialogView({
    snapshot: buildSnapshot(overrides),
    draftContextTokens,
    columns: 72,
    rows: 14,
    glyphs: unicodeGlyphs,
  });
  return {...view, text: `\n${view.rows.map(textOf).join('\n')}\n`};
}

describe('the restart dialog', () => {
  test('of a shorter context says what changes, and that memory does not', () => {
    const {text, canConfirm, blockedReason} = dialog(131_072);
    expect(text).toMatchInlineSnapshot(`
      "
      largest request        262,144 tokens → 131,072 tokens
      at once, full length            3.11× → 6.21×
      at once, 6,590 as seen        123.57× → unchanged
      KV pool                814,352 tokens → unchanged
      KV pool per GPU              53.3 GiB → unchanged
      memory fits · longest that fits 262,144 tokens · pool as logged
      46 running and 3 waiting requests are dropped.
      Downtime: the last start took 9m 00s, about $3.00 of node time.
      Clients that count on 262,144 tokens have their longer requests refused.
      A shorter context frees no memory: the KV pool is what the memory
      fraction leaves. It changes which requests are admitted, and how many of
      full length run at once.
      "
    `);
    expect(canConfirm).toBe(true);
    expect(blockedReason).toBeNull();
  });

  test('takes the pool from the engine’s own log where that is known', () => {
    const facts = {kvCapacityTokens: 520_000, kvCachePoolBytesPerGpu: 34 * BYTES_PER_GIB};
    const {text} = dialog(131_072, {engine: {facts}});
    expect(text).toContain('520,000 tokens → unchanged');
    expect(text).toContain('34.0 GiB → unchanged');
    expect(text).toContain('1.98× → 3.97×');
    expect(text).toContain('pool as logged');
  });

  test('refuses a context of which not one request fits the pool, with the longest that does', () => {
    const facts = {kvCapacityTokens: 100_000, kvCachePoolBytesPerGpu: 100_000 * 70_272};
    const {canConfirm, blockedReason, text} = dialog(131_072, {engine: {facts}});
    expect(canConfirm).toBe(false);
    expect(blockedReason).toBe(
      'One request of 131,072 tokens does not fit the KV pool; the longest that fits is 100,000.',
    );
    expect(text).toContain('memory does not fit · longest that fits 100,000 tokens');
  });

  test('refuses a context that the model does not know', () => {
    expect(dialog(300_000).blockedReason).toBe(
      'The model has no context beyond 262,144 tokens; the longest that fits is 262,144.',
    );
  });

  test('names who is cut off, and the price of the downtime', () => {
    const {text} = dialog(131_072);
    expect(text).toContain('46 running and 3 waiting requests are dropped.');
    expect(text).toContain('Downtime: the last start took 9m 00s, about $3.00 of node time.');
  });

  test('invents neither a price nor a downtime nor a number of requests', () => {
    const unknown = absent('the metrics endpoint does not answer');
    const {text} = dialog(131_072, {
      cost: {nodeUsdPerHour: absent('not configured')},
      engine: {readyAtMs: null},
      traffic: {runningRequests: unknown},
    });
    expect(text).toContain('How many requests are running is not known (the metrics endpoint does');
    expect(text).toContain('Downtime is not known');
    expect(text).not.toContain('$');
    expect(dialog(131_072, {cost: {nodeUsdPerHour: unknown}}).text).toContain('the last start took 9m 00s.');
  });

  test('says that nobody is cut off where nobody is served', () => {
    expect(dialog(131_072, {traffic: {runningRequests: 0, waitingRequests: 0}}).text).toContain(
      'No request is running',
    );
  });

  test('warns of a context too short for Hermes Agent', () => {
    expect(dialog(32_768).text).toContain('Hermes Agent refuses a model with less than 64,000 tokens of context.');
    expect(dialog(65_536).text).not.toContain('Hermes');
  });

  test('of the same context only starts again', () => {
    expect(dialog(262_144).text).toContain('this only starts the engine again');
    expect(dialog(262_144).canConfirm).toBe(true);
  });

  test('waits for a number, and says why nothing can be planned', () => {
    expect(dialog(null).blockedReason).toBe('Type a context length in tokens.');
    expect(dialog(null).text).toContain('now 262,144 tokens');
    expect(dialog(8_192, {plan: absent('no card was read')}).blockedReason).toBe(
      'No plan can be made: no card was read.',
    );
    expect(dialog(8_192, {engine: {settings: {model: 'someone/else'}}}).blockedReason).toContain('someone/else');
    const none = restartDialogView({
      snapshot: {...buildSnapshot(), engine: {...buildSnapshot().engine, settings: null}},
      draftContextTokens: 8_192,
      columns: 72,
      rows: 14,
      glyphs: unicodeGlyphs,
    });
    expect(none.blockedReason).toContain('nothing to restart');
  });

  test('keeps its rectangle, and gives a reason exactly when Enter does nothing', () => {
    const drafts = fc.option(fc.integer({min: -5, max: 2_000_000}));
    fc.assert(
      fc.property(anySnapshot(false), drafts, fc.nat(110), fc.nat(20), (snapshot, draft, columns, rows) => {
        const view = restartDialogView({snapshot, draftContextTokens: draft, columns, rows, glyphs: unicodeGlyphs});
        expect(view.rows.length).toBeLessThanOrEqual(rows);
        for (const row of view.rows) expect(textWidth(textOf(row))).toBeLessThanOrEqual(columns);
        expect(view.canConfirm).toBe(view.blockedReason === null);
        expect(view.rows.map(textOf).join(' ')).not.toMatch(/NaN|Infinity|undefined/);
      }),
    );
  });
});

describe('for an engine without a memory fraction', () => {
  test('says that the cache follows the context, and nothing stays as it is', () => {
    const gguf = {engine: 'llamacpp', model: 'unsloth/Kimi-K2.7-Code-GGUF', format: 'UD-Q4_K_XL'};
    const {text} = dialog(65_536, {engine: {settings: gguf}});
    expect(text).toMatch(/KV cache +262,144 tokens . 65,536 tokens/);
    expect(text).not.toContain('unchanged');
    expect(text).toMatch(/which all running\s+requests share/);
  });
});
