import {z} from 'zod';
import {countedText} from '../../shared/quantities/counts.ts';
import {displayTyped, settingOfPath} from '../settings/settings-table.ts';
import type {ValueOrigin} from './value-origin.ts';

/** A value of the configuration as documents show it: secrets masked, a section of its own as one line. */
export const shownValueSchema = z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(z.string())]);
export type ShownValue = z.infer<typeof shownValueSchema>;

/** One key of the configuration: its value, where that came from, and what else names it. */
export type ConfiguredValue = {
  /** `cost.nodeUsdPerHour` */
  readonly key: string;
  readonly value: ShownValue;
  /** The whole value as JSON, to compare; it may contain secrets and is never shown. */
  readonly exact: string;
  readonly origin: ValueOrigin;
  /** What the file says where the environment comes before it. */
  readonly overridden: {readonly value: ShownValue; readonly exact: string; readonly place: string} | null;
};

/** When a changed value takes effect. */
export const effectSchema = z.enum(['now', 'restart', 'console']);
export type Effect = z.infer<typeof effectSchema>;

/** Values that take effect when a console is opened. */
const consoleSection = 'console.';
/** Values that an engine is started with. */
const engineSection = 'engine.';

/** When a changed value of this key takes effect: immediately, at the next start of the engine, or in the next console. */
export function effectOf(key: string): Effect {
  if (key.startsWith(engineSection)) return 'restart';
  return key.startsWith(consoleSection) ? 'console' : 'now';
}

/**
 * A value of this key in a sentence: a number as the screens show that setting, else as it is written in the file; a list
 * by its length, because it may contain a secret.
 */
export function shownValueText(key: string, value: ShownValue): string {
  const name = settingOfPath.get(key);
  return name === undefined || typeof value !== 'number' ? recordedValueText(value) : displayTyped(name, String(value));
}

/** A value as events record it, for programs: numbers without grouping; a list by its length. */
export function recordedValueText(value: ShownValue): string {
  if (value === null) return 'not set';
  if (Array.isArray(value)) return value.length === 0 ? 'none' : countedText(value.length, 'value');
  return String(value);
}
