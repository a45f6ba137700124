import {countedText} from '../../../../shared/quantities/counts.ts';
import {err, ok, type Result} from '../../../../shared/result.ts';
import type {Architecture, LayerCache} from '../architecture.ts';
import {type ModelProblem, quoteValue} from '../model-problem.ts';
import {brokenConfig, type ConfigPart, keyName} from './config-fields.ts';

/** What layers keep, where not all of them keep every token, and what they are, where not all are of one shape. */
export type LayerCaches = Pick<
  Architecture,
  | 'layerCaches'
  | 'windowTokens'
  | 'windowModel'
  | 'linearAttention'
  | 'indexer'
  | 'isWindowChunk'
  | 'windowAttention'
  | 'layerBlocks'
  | 'hasPlainFeedForward'
>;

/** Every layer keeps every token. */
export const noLayerCaches: LayerCaches = {
  layerCaches: null,
  windowTokens: null,
  linearAttention: null,
  indexer: null,
};

/** A list with a name for each layer, and the key that it is from. */
export type StatedKinds = {readonly key: string; readonly names: readonly (string | number)[]};

/**
 * What the names in a list of the configuration mean, one for each layer.
 *
 * @param kinds - what each known name means
 */
export function namedKinds<T>(
  tower: ConfigPart,
  {key, names}: StatedKinds,
  layers: number,
  kinds: Readonly<Record<string, T>>,
): Result<T[], ModelProblem> {
  const name = keyName(tower, key);
  if (names.length !== layers) {
    const count = countedText(names.length, 'layer');
    return err(brokenConfig(tower.place, `${name} names ${count}, expected ${layers}`));
  }
  const known = new Map(Object.entries(kinds));
  const other = names.find((kind) => !known.has(String(kind)));
  if (other !== undefined) {
    const expected = [...known.keys()].join(', ');
    return err(
      brokenConfig(tower.place, `${name} has ${quoteValue(other)}, expected for each layer one of ${expected}`),
    );
  }
  return ok(names.flatMap((kind) => known.get(String(kind)) ?? []));
}

/**
 * What layers keep by their names in a list of the configuration.
 *
 * @param kinds - what each known name means; at least one layer must keep every token
 */
export function layerKinds(
  tower: ConfigPart,
  stated: StatedKinds,
  layers: number,
  kinds: Readonly<Record<string, LayerCache>>,
): Result<LayerCache[], ModelProblem> {
  const caches = namedKinds(tower, stated, layers, kinds);
  if (!caches.ok || caches.value.includes('full')) return caches;
  const key = keyName(tower, stated.key);
  return err(brokenConfig(tower.place, `${key} gives no layer that keeps every token, expected at least one`));
}
