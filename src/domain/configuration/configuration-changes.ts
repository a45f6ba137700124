import {versionsText} from '../settings/setting-text.ts';
import {type ConfiguredValue, type Effect, effectOf, type ShownValue, shownValueText} from './configured-value.ts';
import {originText} from './value-origin.ts';

/** One key that was edited. */
export type ConfigurationChange = {
  readonly key: string;
  readonly before: ShownValue;
  readonly after: ShownValue;
  /** When it takes effect; `none` where something else comes before the file. */
  readonly effect: Effect | 'none';
  /** Its place in the file; null where it is no longer in there. */
  readonly place: string | null;
  /** What comes before the file: `GANTRY_ENGINE_PORT`; null where nothing does. */
  readonly overriddenBy: string | null;
};

/** What differs between two readings of the configuration, in the order of its keys. */
export function configurationChanges(
  before: readonly ConfiguredValue[],
  after: readonly ConfiguredValue[],
): readonly ConfigurationChange[] {
  const earlier = new Map(before.map((value) => [value.key, value]));
  return after.flatMap((now) => {
    const was = earlier.get(now.key);
    return was === undefined ? [] : changeOf(was, now);
  });
}

function changeOf(was: ConfiguredValue, now: ConfiguredValue): readonly ConfigurationChange[] {
  const {key} = now;
  if (was.exact !== now.exact) {
    const place = now.origin.from === 'file' ? now.origin.place : null;
    return [{key, before: was.value, after: now.value, effect: effectOf(key), place, overriddenBy: null}];
  }
  if (now.overridden === null || was.overridden?.exact === now.overridden.exact) return [];
  const {place, value} = now.overridden;
  const before = was.overridden?.value ?? null;
  return [{key, before, after: value, effect: 'none', place, overriddenBy: originText(now.origin)}];
}

/** `cost.nodeUsdPerHour 28.8 -> 30`, and when or why not it takes effect. */
export function changeSentence({key, before, after, effect, place, overriddenBy}: ConfigurationChange): string {
  const to = shownValueText(key, after);
  const values = versionsText(shownValueText(key, before), to, ' -> ');
  switch (effect) {
    case 'now':
      return `${key} ${values}`;
    case 'restart':
      return `${key} ${values} at the next start of the engine`;
    case 'console':
      return `${key} ${values} in the next console`;
    case 'none':
      return `${key} is set to ${to} in ${place ?? 'the file'}, but ${overriddenBy ?? 'something else'} overrides it`;
  }
}
