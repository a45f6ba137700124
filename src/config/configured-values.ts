import {z} from 'zod';
import type {ConfiguredValue, ShownValue} from '../domain/configuration/configured-value.ts';
import type {ValueOrigin} from '../domain/configuration/value-origin.ts';
import {maskArguments} from '../shared/mask-arguments.ts';
import {countedText} from '../shared/quantities/counts.ts';
import {usdPerHourText, usdText} from '../shared/quantities/money.ts';
import type {Configuration} from './configuration.ts';
import {type ConfigurationFile, type KeyPath, placeText} from './configuration-file.ts';
import {configurationPaths} from './configuration-keys.ts';
import type {ConfigurationValues} from './read-environment.ts';

/** The layers of one configuration; a later one wins, value by value. */
export type Layers = {readonly file: ConfigurationFile; readonly environment: ConfigurationValues};

/** Every value of a configuration, with its origin and with what the file says where the environment comes before it. */
export function configuredValues(configuration: Configuration, layers: Layers): readonly ConfiguredValue[] {
  return configurationPaths.map(({path, keys, variable, schema}) => {
    const value: unknown = valueIn(configuration, keys);
    const origin = originOf(keys, variable, layers);
    return {
      key: path,
      value: shownValue(path, value),
      exact: exactText(value),
      origin,
      overridden: origin.from === 'file' ? null : overriddenIn(layers.file, path, keys, schema),
    };
  });
}

function originOf(keys: KeyPath, variable: string | null, {file, environment}: Layers): ValueOrigin {
  if (variable !== null && valueIn(environment, keys) !== undefined) return {from: 'environment', variable};
  if (valueIn(file.values, keys) !== undefined) return {from: 'file', place: placeText(file.placeOf(keys, 'value'))};
  return {from: 'default'};
}

function overriddenIn(
  file: ConfigurationFile,
  path: string,
  keys: KeyPath,
  schema: z.ZodType,
): ConfiguredValue['overridden'] {
  const written = valueIn(file.values, keys);
  if (written === undefined) return null;
  const parsed = schema.safeParse(written);
  const value: unknown = parsed.success ? parsed.data : written;
  return {value: shownValue(path, value), exact: exactText(value), place: placeText(file.placeOf(keys, 'value'))};
}

function exactText(value: unknown): string {
  return JSON.stringify(value) ?? '';
}

const stringsSchema = z.array(z.string());
const containerSchema = z.object({image: z.string(), arguments: stringsSchema});
const pricesSchema = z.object({name: z.string(), asOf: z.string()});
const datedSchema = z.array(z.object({from: z.string(), usdPerHour: z.number()})).catch([]);
const ownedSchema = z.object({purchaseUsd: z.number(), months: z.number()});
const keysSchema = z.record(z.string(), stringsSchema);
const hooksSchema = z.array(z.object({on: stringsSchema, command: stringsSchema.nullable()}));

/** A value without secrets: of prices and containers their names, of hooks only the events they are for. */
function shownValue(path: string, value: unknown): ShownValue {
  if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
    return value;
  }
  if (path === 'cost.priceBook') return (Array.isArray(value) ? value : [value]).map(priceBookText).join(', ');
  if (path === 'cost.nodePrices') return datedSchema.parse(value).map(datedText);
  if (path === 'cost.owned') return ownedText(value);
  const strings = stringsSchema.safeParse(value);
  if (strings.success) return maskArguments(strings.data);
  if (path === 'engine.container') return containerSchema.safeParse(value).data?.image ?? 'invalid';
  if (path === 'console.keys') return Object.entries(keysSchema.safeParse(value).data ?? {}).map(keysText);
  if (path === 'hooks') return (hooksSchema.safeParse(value).data ?? []).map(hookText);
  return 'set';
}

function priceBookText(book: unknown): string {
  if (typeof book === 'string') return book;
  const prices = pricesSchema.safeParse(book).data;
  return prices === undefined ? 'invalid' : `${prices.name} (${prices.asOf})`;
}

function datedText({from, usdPerHour}: z.infer<typeof datedSchema>[number]): string {
  return `${usdPerHourText(usdPerHour)} from ${from}`;
}

function ownedText(value: unknown): ShownValue {
  const owned = ownedSchema.safeParse(value).data;
  return owned === undefined ? 'invalid' : `${usdText(owned.purchaseUsd)} over ${countedText(owned.months, 'month')}`;
}

function keysText([action, keys]: readonly [string, readonly string[]]): string {
  return `${action}: ${keys.join(' ')}`;
}

function hookText({on, command}: z.infer<typeof hooksSchema>[number]): string {
  return `${on.join(', ')}: ${command === null ? 'webhook' : 'command'}`;
}

/** The value at a key path of plain values; undefined where there is none. */
export function valueIn(values: unknown, keys: KeyPath): unknown {
  let value = values;
  for (const key of keys) {
    if (typeof value !== 'object' || value === null) return undefined;
    // Not what every object inherits: a section may be called `constructor`.
    value = Object.hasOwn(value, key) ? Reflect.get(value, key) : undefined;
  }
  return value;
}
