import {describe, expect, test} from 'vitest';
import type {SettingsChange} from '../../../src/domain/settings/launch-settings.ts';
import {unicodeGlyphs} from '../../../src/views/glyphs.ts';
import {restartPreviewRows, restartWarnings} from '../../../src/views/restart/restart-preview.ts';
import {buildConsoleData, buildSnapshot} from '../../support/build-snapshot.ts';
import {answerOf} from '../../support/console-screens.ts';
import {textOf} from '../draw.ts';

const gguf = {engine: 'llamacpp', model: 'unsloth/Kimi-K2.7-Code-GGUF', format: 'UD-Q4_K_XL'};

/** What the command and its dry run print of a restart with this change. */
function printed(change: SettingsChange, settings?: typeof gguf, drainMs = 0) {
  const snapshot = buildSnapshot(settings === undefined ? {} : {engine: {settings}});
  const answer = answerOf(buildConsoleData({snapshot}), {command: {type: 'restart', change}});
  const before = snapshot.engine.settings;
  if (answer.kind !== 'judged' || before === null) throw new Error('a judged restart was expected');
  const {preview} = answer;
  const rows = restartPreviewRows({
    snapshot,
    before,
    after: preview.settings,
    plan: preview.plan,
    blockers: preview.blockers,
    drainMs,
    columns: 200,
    glyphs: unicodeGlyphs,
  });
  return {warnings: restartWarnings(snapshot, preview), text: rows.map(textOf).join('\n')};
}

describe('gantry restart and its dry run', () => {
  test('warn of a context below the p99 request and below what agents need', () => {
    const {warnings, text} = printed({contextLengthTokens: 4_000});
    expect(warnings).toHaveLength(3);
    for (const warning of warnings) expect(text).toContain(warning);
    expect(printed({}).warnings).toEqual([]);
  });

  test('give the reason of a tight plan', () => {
    const {warnings, text} = printed({memoryFraction: 0.99});
    expect(warnings).toEqual([expect.stringContaining('tight: A memory fraction of 0.99 leaves')]);
    expect(text).toContain('tight (');
    expect(text).toContain('A memory fraction of 0.99 leaves');
  });

  test('report a memory fraction that the engine does not have', () => {
    const {warnings, text} = printed({memoryFraction: 0.99}, gguf);
    expect(warnings).toEqual([expect.stringContaining('llama.cpp has no memory fraction')]);
    expect(text).toContain('llama.cpp has no memory fraction');
    expect(printed({memoryFraction: 0.99}).text).not.toContain('has no memory fraction');
  });

  test('say that requests as large as those that are measured are refused, instead of how many run concurrently', () => {
    expect(printed({contextLengthTokens: 4_096}).text).toMatch(/concurrent, 6,590 tok measured +120.65× → refused\n/);
    expect(printed({contextLengthTokens: 8_192}).text).toMatch(/concurrent, 6,590 tok measured +120.65× → unchanged\n/);
  });

  test('say how long requests may take to finish, or that they are dropped', () => {
    expect(printed({}).text).toContain('46 requests running, 3 waiting; they are dropped if it stops now.');
    expect(printed({}, undefined, 60_000).text).toContain(
      '46 requests running, 3 waiting; they have up to 60 s to finish.',
    );
  });

  test('show how much memory is short, not a negative size', () => {
    const {text} = printed({tensorParallelSize: 2});
    expect(text).toMatch(/KV cache per GPU +52.0 GiB → [0-9.]+ GiB short\n/);
    expect(text).not.toMatch(/-[0-9]/);
  });
});
