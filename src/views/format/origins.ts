import {type ShownValue, shownValueText} from '../../domain/configuration/configured-value.ts';
import {originText, type ValueOrigin} from '../../domain/configuration/value-origin.ts';
import {textWidth} from '../../shared/text-width.ts';

/** Of a value; `--json` has all of it. */
const MOST_CHARACTERS = 500;

/** Where a value came from; a place in this configuration file by the name of the file alone. */
export function originPlace(origin: ValueOrigin, file: string): string {
  if (origin.from === 'default') return 'default';
  return origin.from === 'file' ? shortPlace(origin.place, file) : originText(origin);
}

/** Where a value came from; only the kind of place where there are not so many columns for it. */
export function originIn(columns: number, origin: ValueOrigin, file: string): string {
  const place = originPlace(origin, file);
  return textWidth(place) <= columns ? place : kindsOfOrigin[origin.from];
}

const kindsOfOrigin: Readonly<Record<ValueOrigin['from'], string>> = {
  default: 'default',
  file: 'file',
  environment: 'variable',
  flag: 'flag',
  command: 'command',
  fix: 'fix',
  'simulated-node': 'simulation',
  unknown: 'unknown',
};

/** `gantry.yaml:3:5` for a place in this file. */
export function shortPlace(place: string, file: string): string {
  return place.startsWith(`${file}:`) ? `${file.slice(file.lastIndexOf('/') + 1)}${place.slice(file.length)}` : place;
}

/** A value of the configuration. Secrets in lists are masked where the configuration is read. */
export function settingText(key: string, value: ShownValue): string {
  const text = Array.isArray(value) && value.length > 0 ? value.join(' ') : shownValueText(key, value);
  return text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)} ...` : text;
}
