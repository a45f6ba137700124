import {describe, expect, test} from 'vitest';
import type {EngineLogEvent, LogContext} from '../../../src/engines/engine.ts';
import {createLogDiagnoser} from '../../../src/engines/log/diagnose-log.ts';
import {vllm} from '../../../src/engines/vllm/vllm.ts';
import {withinWords} from '../../../src/shared/within-words.ts';

type Line = {readonly text?: string; readonly atMs?: number; readonly events?: readonly EngineLogEvent[]};

/** The diagnosis of an engine that logs these events at these times. */
function diagnose(lines: readonly Line[]) {
  const given = (text: string): Line => lines[Number(text.slice(text.lastIndexOf('@') + 1))] ?? {};
  const diagnoser = createLogDiagnoser({
    ...vllm,
    interpretLogLine: (text) => given(text).events ?? [],
    readLogTimeMs: (text) => given(text).atMs ?? null,
  });
  for (const [index, {text = 'line'}] of lines.entries()) diagnoser.take({text: `${text}@${index}`, number: index + 1});
  return diagnoser.result();
}

const phase = (name: NonNullable<LogContext['phase']>): EngineLogEvent => ({type: 'phase', phase: name});
const ready: EngineLogEvent = {type: 'ready'};
const stopping: EngineLogEvent = {type: 'shutdown-requested'};
const finding = (code: string) =>
  ({code, severity: 'critical', message: code, evidence: null, remedy: 'x', settingsChange: null}) as const;
const failure = (code: string, isConsequence = false, isPrecise = false): EngineLogEvent => ({
  type: 'failure',
  isConsequence,
  isPrecise,
  finding: finding(code),
});
const notice = (code: string): EngineLogEvent => ({type: 'notice', finding: {...finding(code), severity: 'info'}});
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

describe('the last lines of a log', () => {
  const kept = (count: number) => diagnose(Array.from({length: count}, () => ({}))).lastLines.map(({number}) => number);

  test('are at most twenty', () => {
    expect(kept(20)).toHaveLength(20);
    expect(kept(21)).toEqual(Array.from({length: 20}, (_, index) => index + 2));
  });

  test('are not kept for a start that a known failure ended, or that did not end', () => {
    expect(diagnose([{events: [failure('a')]}]).lastLines).toEqual([]);
    expect(diagnose([{events: [stopping]}]).lastLines).toEqual([]);
    expect(diagnose([{events: [ready]}]).lastLines).toEqual([]);
    expect(diagnose([{text: 'ValueError: x'}]).lastLines).toHaveLength(1);
    // A line that an event was made of is explained.
    expect(diagnose([{text: 'ValueError: x', events: [notice('a')]}]).exit).toBe('starting');
  });

  test('do not include comments above the log, which are counted', () => {
    const {lastLines, lineCount} = diagnose([{text: '# a comment', events: [ready]}, {text: '#no comment'}]);
    expect(lastLines.map(({number}) => number)).toEqual([2]);
    expect(lineCount).toBe(2);
  });
});

describe('findings', () => {
  const codes = (...events: readonly EngineLogEvent[]) => diagnose([{events}]).findings.map(({code}) => code);

  test('are at most twelve', () => {
    const many = (count: number) => Array.from({length: count}, (_, index) => failure(`code-${index}`));
    const separate = (count: number) =>
      diagnose(many(count).map((event, index) => ({atMs: index * DAY_MS, events: [event]})));
    expect(separate(12).findings).toHaveLength(12);
    expect(separate(13).findings).toHaveLength(12);
  });

  test('are causes if there are any, else their consequences', () => {
    const apart = (first: EngineLogEvent, second: EngineLogEvent) =>
      diagnose([
        {atMs: 0, events: [first]},
        {atMs: HOUR_MS, events: [second]},
      ]).findings.map(({code}) => code);
    expect(apart(failure('effect', true), failure('cause'))).toEqual(['cause']);
    expect(apart(failure('effect', true), failure('other', true))).toEqual(['effect', 'other']);
  });

  test('of the same code are one', () => {
    expect(codes(failure('a'), failure('a'))).toEqual(['a']);
    expect(codes(ready, notice('n'), notice('n'), notice('m'))).toEqual(['n', 'm']);
  });

  test('of one cause, days apart, are one; a more precise one replaces only the one just before it', () => {
    const apart = (...events: readonly EngineLogEvent[]) =>
      diagnose(events.map((event, index) => ({atMs: index * DAY_MS, events: [event]}))).findings.map(({code}) => code);
    expect(apart(failure('a'), failure('b'), failure('a'))).toEqual(['a', 'b']);
    const precise = (...before: readonly string[]) =>
      diagnose([
        ...before.map((code, index) => ({atMs: index * DAY_MS, events: [failure(code)]})),
        {atMs: (before.length - 1) * DAY_MS, events: [failure('precise', false, true)]},
      ]).findings.map(({code}) => code);
    expect(precise('a')).toEqual(['precise']);
    expect(precise('a', 'b', 'c')).toEqual(['a', 'b', 'precise']);
  });

  test('of a start that continued are warnings', () => {
    const {findings, exit} = diagnose([{events: [failure('a')]}, {text: 'ValueError: x'}, {events: [ready]}]);
    expect(findings).toMatchObject([{code: 'a', severity: 'warning'}]);
    expect(exit).toBe('serving');
  });

  test('do not include an exception of a server that is stopping or was ready', () => {
    expect(diagnose([{events: [stopping]}, {text: 'ValueError: x'}])).toMatchObject({exit: 'stopped', findings: []});
    expect(diagnose([{events: [ready]}, {text: 'ValueError: x'}])).toMatchObject({exit: 'serving', findings: []});
  });

  test('keep the first exception, of 400 characters', () => {
    const long = `ValueError: ${'x'.repeat(500)}`;
    const [found] = diagnose([{text: 'nothing'}, {text: long}, {text: 'TypeError: y'}]).findings;
    expect(found).toMatchObject({code: 'log.unknown-failure', evidence: `line 2: ${withinWords(long, 400)}`});
  });

  test.each(['ValueError', 'ValueError:x', 'valueError: x', 'Errors: x', 'AnError in it'])(
    'are not made of %s',
    (text) => {
      expect(diagnose([{text}]).findings).toMatchObject([{code: 'log.ends-while-starting'}]);
    },
  );

  test.each(['a.b.ValueError: x', 'SystemExit: 1', '0.00.026.812 E x', ' MyException: x'])('are made of %s', (text) => {
    expect(diagnose([{text}]).findings).toMatchObject([{code: 'log.unknown-failure'}]);
  });
});

describe('the times of a log', () => {
  test('of a phase end with the next one, and those of the last with the end of the log or with ready', () => {
    const lines = [{atMs: 0, events: [phase('launch')]}, {atMs: 2_000, events: [phase('load-weights')]}, {atMs: 5_000}];
    expect(diagnose(lines).phases.map(({seconds}) => seconds)).toEqual([2, 3]);
    const served = [...lines, {atMs: 9_000, events: [ready]}, {atMs: 99_000}];
    expect(diagnose(served)).toMatchObject({startSeconds: 9, phase: 'serve'});
    expect(diagnose(served).phases.map(({seconds}) => seconds)).toEqual([2, 7, 0]);
  });

  test('do not go backwards', () => {
    const lines = [
      {atMs: 5_000, events: [phase('launch')]},
      {atMs: 4_000, events: [phase('load-weights')]},
    ];
    expect(diagnose(lines).phases.map(({seconds}) => seconds)).toEqual([null, 0]);
  });

  test.each([
    [180 * DAY_MS, null],
    [180 * DAY_MS + 1, (366 * DAY_MS - 180 * DAY_MS - 1) / 1_000],
  ])('that go back by %i ms: %s s', (backMs, seconds) => {
    const lines = [
      {atMs: 360 * DAY_MS, events: [phase('launch')]},
      {atMs: 360 * DAY_MS - backMs, events: [ready]},
    ];
    expect(diagnose(lines).startSeconds).toBe(seconds);
  });

  test('are unknown if the log has none', () => {
    expect(diagnose([{events: [phase('launch')]}, {events: [ready]}])).toMatchObject({startSeconds: null});
  });
});

describe('another start', () => {
  test.each<[string, readonly EngineLogEvent[], number]>([
    ['after one that was ready', [phase('launch'), ready], 2],
    ['after one that loaded', [phase('load-weights')], 2],
    ['not after one that only resolved', [phase('launch'), phase('resolve')], 1],
    ['not after nothing', [], 1],
  ])('begins %s', (_, before, startCount) => {
    const lines = [...before.map((event) => ({events: [event]})), {events: [phase('launch')]}];
    expect(diagnose(lines).startCount).toBe(startCount);
  });

  test('does not begin with a phase other than the launch', () => {
    const {startCount, phases} = diagnose([{events: [ready]}, {events: [phase('load-weights')]}]);
    expect([startCount, phases.map((entered) => entered.phase)]).toEqual([1, ['serve']]);
  });

  test('has nothing of the one before', () => {
    const before: readonly EngineLogEvent[] = [
      {type: 'version', version: '1'},
      {type: 'fact', name: 'kvCapacityTokens', value: 1},
      ready,
      notice('n'),
      stopping,
    ];
    expect(diagnose([{events: before}, {events: [phase('launch')]}])).toMatchObject({
      version: null,
      facts: {},
      isReady: false,
      exit: 'starting',
      phase: 'launch',
      startCount: 2,
    });
  });
});

describe('a failure while it serves', () => {
  const tokens: EngineLogEvent = {
    type: 'traffic',
    traffic: {
      promptTokensPerSecond: 9,
      generationTokensPerSecond: 7,
      runningRequests: 1,
      waitingRequests: 0,
      kvUsageRatio: null,
      prefixCacheHitRatio: null,
    },
  };
  const served = (afterMs: number) =>
    diagnose([
      {events: [phase('serve'), ready], atMs: DAY_MS},
      {events: [failure('x.disk-full')], atMs: DAY_MS + HOUR_MS},
      {events: [tokens], atMs: DAY_MS + HOUR_MS + afterMs},
    ]);

  test('did not end an engine that still generates tokens half a minute later', () => {
    expect(served(30_000)).toMatchObject({exit: 'serving', findings: [{code: 'x.disk-full', severity: 'warning'}]});
  });

  test('is its end if only the line of the seconds before it follows', () => {
    expect(served(29_999)).toMatchObject({exit: 'failed', findings: [{code: 'x.disk-full', severity: 'critical'}]});
  });
});
