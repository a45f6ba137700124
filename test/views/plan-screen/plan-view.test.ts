import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import type {PreviewAnswer} from '../../../src/client/answers/previews.ts';
import {textWidth} from '../../../src/shared/text-width.ts';
import {asciiGlyphs, unicodeGlyphs} from '../../../src/views/glyphs.ts';
import {
  fieldText,
  nodeSpecOf,
  type PlanDraft,
  type PlanField,
  planFields,
  stepField,
} from '../../../src/views/plan-screen/plan-fields.ts';
import {plannedOf, planView, presentSettings} from '../../../src/views/plan-screen/plan-view.ts';
import {buildConsoleData, buildFinding, buildSnapshot} from '../../support/build-snapshot.ts';
import {answerOf} from '../../support/console-screens.ts';
import {textOf} from '../draw.ts';

const snapshot = buildSnapshot();

function presentDraft(): PlanDraft {
  const settings = presentSettings(snapshot);
  if (settings === null) throw new Error('the test node has settings');
  return {settings, cardName: null, gpuCount: 8, engineNames: ['vllm', 'sglang', 'llamacpp']};
}

/** What a supervisor says of the draft. */
function answer(draft: PlanDraft): PreviewAnswer {
  const command = {type: 'start', settings: draft.settings} as const;
  return answerOf(buildConsoleData({snapshot}), {command, gpus: nodeSpecOf(draft)});
}

function draw(draft: PlanDraft, given = answer(draft), columns = 78, rows = 20, offset = 0) {
  const {view, maxOffset} = planView({
    snapshot,
    draft,
    field: 'contextLengthTokens',
    typed: null,
    answer: given,
    offset,
    columns,
    rows,
    glyphs: unicodeGlyphs,
    moreKey: 'PgDn',
  });
  return {plan: plannedOf(given), maxOffset, note: view.titleNote, text: view.rows.map(textOf).join('\n')};
}

function stepped(draft: PlanDraft, field: PlanField, times: number): PlanDraft {
  let next = draft;
  for (let step = 0; step < Math.abs(times); step += 1) next = stepField(next, field, times > 0 ? 1 : -1);
  return next;
}

describe('the Plan screen', () => {
  test('starts with the running settings on this node, and shows their plan', () => {
    const {text, plan, note} = draw(presentDraft());
    expect(plan?.verdict).toBe('fits');
    expect(note).toContain('fits');
    expect(text).toContain('> context');
    expect(text).toContain('FITS: ');
  });

  test('answers another context, fraction and cache type, each change marked', () => {
    const draft = stepped(
      stepped(stepped(presentDraft(), 'contextLengthTokens', -1), 'memoryFraction', -2),
      'kvCacheDtype',
      -1,
    );
    expect(draft.settings).toMatchObject({contextLengthTokens: 131_072, memoryFraction: 0.9, kvCacheDtype: 'fp8'});
    expect(draw(draft).text).toContain('262,144 → 131,072');
    const before = draw(presentDraft()).plan?.kvCache.fullLengthSequences ?? 0;
    expect(draw(draft).plan?.kvCache.fullLengthSequences).toBeGreaterThan(before * 3);
  });

  test('says in red which connected agent a shorter context stops', () => {
    const file = '/home/op/.hermes/config.yaml';
    const agents = [{name: 'Hermes Agent', file, neededContextTokens: 64_000, isConnected: true}];
    const redOf = (steps: number) => {
      const draft = stepped(presentDraft(), 'contextLengthTokens', steps);
      const {view} = planView({
        snapshot: {...snapshot, agents},
        draft,
        field: 'contextLengthTokens',
        typed: null,
        answer: answer(draft),
        offset: 0,
        columns: 118,
        rows: 30,
        glyphs: unicodeGlyphs,
        moreKey: 'PgDn',
      });
      return view.rows.flatMap((row) => row.flatMap(({tone, text}) => (tone === 'critical' ? [text] : []))).join(' ');
    };
    expect(redOf(-3)).toContain(file);
    expect(redOf(-2)).not.toContain('Hermes');
  });

  test('answers other cards, with the model on all of them', () => {
    let draft = presentDraft();
    while (draft.cardName !== 'NVIDIA H100 80GB HBM3') draft = stepField(draft, 'card', 1);
    expect(nodeSpecOf(draft)).toBe('8xNVIDIA H100 80GB HBM3');
    expect(draw(draft).text).toContain('DOES NOT FIT');
    const sixteen = stepField(draft, 'gpuCount', 1);
    expect(sixteen.settings.tensorParallelSize).toBe(16);
    expect(draw(sixteen).plan?.verdict).not.toBe('does-not-fit');
  });

  test('says why nothing can be planned instead of a plan', () => {
    const {plan, text, note} = draw({...presentDraft(), settings: {...presentDraft().settings, format: 'q9'}});
    expect(plan).toBeNull();
    expect(note).toBe('no plan');
    expect(text).toContain('weight format "q9"');
  });

  test('while the supervisor checks, shows the draft and no verdict', () => {
    const {text, note, plan} = draw(presentDraft(), {kind: 'checking'});
    expect([note, plan]).toEqual(['checking', null]);
    expect(text).toContain('> context                  262,144');
    expect(text).toMatch(/^checking \.\.\.$/m);
    expect(text).not.toMatch(/fits/i);
  });

  test('shows other reasons for a refusal next to the plan, and the plan’s own reason once', () => {
    const given = answer(presentDraft());
    if (given.kind !== 'judged') throw new Error('judged');
    const port = buildFinding({severity: 'critical', message: 'Port 8000 is taken.', remedy: 'Take another.'});
    const {text} = draw(presentDraft(), {...given, preview: {...given.preview, blockers: [port]}});
    expect(text).toContain('FITS: ');
    expect(text).toContain('\nrefused: Port 8000 is taken.\n→ Take another.');
    const tooLong = {...presentDraft(), settings: {...presentDraft().settings, contextLengthTokens: 1_000_000}};
    const reason = draw(tooLong).plan?.reason ?? '';
    expect(draw(tooLong, answer(tooLong), 200, 60).text.split(reason)).toHaveLength(2);
  });

  test('scrolls through the arithmetic', () => {
    const {maxOffset} = draw(presentDraft());
    expect(maxOffset).toBeGreaterThan(10);
    expect(draw(presentDraft(), answer(presentDraft()), 78, 20, maxOffset).text).toContain('Requests of full length');
  });

  test('keeps its rectangle whatever is drafted', () => {
    const anyDraft = fc.array(fc.tuple(fc.constantFrom(...planFields), fc.constantFrom(1 as const, -1 as const)), {
      maxLength: 30,
    });
    fc.assert(
      fc.property(anyDraft, fc.integer({min: 18, max: 200}), fc.integer({min: 4, max: 60}), (steps, columns, rows) => {
        const draft = steps.reduce((next, [field, direction]) => stepField(next, field, direction), presentDraft());
        const {view} = planView({
          snapshot,
          draft,
          field: steps[0]?.[0] ?? 'card',
          typed: {text: '1.5M', mistyped: 'expected a number'},
          answer: answer(draft),
          offset: 3,
          columns,
          rows,
          glyphs: asciiGlyphs,
          moreKey: 'PgDn',
        });
        expect(view.rows.length).toBeLessThanOrEqual(rows);
        for (const row of view.rows) expect(textWidth(textOf(row))).toBeLessThanOrEqual(columns);
      }),
      {numRuns: 40},
    );
  });
});

test('every line of the form has a label and a value, and steps there and back or stays', () => {
  for (const field of planFields) {
    expect(fieldText(presentDraft(), field)).not.toBe('');
    const there = stepField(presentDraft(), field, 1);
    expect([there, presentDraft()]).toContainEqual(there);
  }
});
