import {describe, expect, test} from 'vitest';
import {applySettingsChange, settingsChangeSchema} from '../../src/domain/settings/launch-settings.ts';
import {unknownLogContext} from '../../src/engines/engine.ts';
import {llamacppFailures} from '../../src/engines/llamacpp/failures/catalog.ts';
import {type Failure, findFailure} from '../../src/engines/log/failure-catalog.ts';
import {sglangFailures} from '../../src/engines/sglang/failures/catalog.ts';
import {vllmFailures} from '../../src/engines/vllm/failures/catalog.ts';
import {guideSettings} from './vllm/test-settings.ts';

const catalogs: readonly (readonly [string, readonly Failure[]])[] = [
  ['vllm', vllmFailures],
  ['sglang', sglangFailures],
  ['llamacpp', llamacppFailures],
];

const entries = catalogs.flatMap(([engine, failures]) =>
  failures.map((failure) => ({engine, failures, failure, code: failure.code, words: failure.words})),
);

describe('the words of an entry', () => {
  test.each(entries)('$engine $code: $words', ({engine, failures, failure, words}) => {
    // Facts and what a line tells of the engine's state come with it.
    const [finding = null] = findFailure(engine, failures, words, unknownLogContext).flatMap((event) =>
      event.type === 'failure' || event.type === 'notice' ? [event.finding] : [],
    );
    const code = failure.codeAt?.(unknownLogContext) ?? failure.code;
    // No entry before it in the catalog takes its words.
    expect(finding?.code).toBe(`${engine}.${code}`);
    const own = failure.pattern.exec(words);
    expect(own).not.toBeNull();
    if (own === null || finding === null) return;
    const {message, remedy, settingsChange = null} = failure.details(own, unknownLogContext);
    expect(finding).toMatchObject({message, remedy, settingsChange});
    for (const sentence of [message, remedy]) {
      expect(sentence).toMatch(/^\S.*[.)]$/);
      expect(sentence).not.toMatch(/\b(?:undefined|null|NaN|Infinity)\b/);
    }
    if (settingsChange === null) return;
    const before = guideSettings({contextLengthTokens: 262_145, tensorParallelSize: 7, kvCacheDtype: 'fp8'});
    expect(applySettingsChange(before, settingsChangeSchema.parse(settingsChange))).not.toEqual(before);
  });
});
