import {err, ok, type Result} from '../../../../shared/result.ts';
import type {Architecture, LayerCache} from '../architecture.ts';
import type {ModelProblem} from '../model-problem.ts';
import {brokenConfig, type ConfigPart} from './config-fields.ts';
import {keyName} from './unplanned-models.ts';

/** What layers keep, where not all of them keep every token, and what they are, where not all are of one shape. */
export type LayerCaches = Pick<
  Architecture,
  | 'layerCaches'
  | 'windowTokens'
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

/**
 * What layers keep by their names in a list of the configuration.
 *
 * @param stated - the name of each layer
 * @param kinds - what each known name means; at least one layer must keep every token
 */
export function layerKinds(
  tower: ConfigPart,
  stated: readonly string[],
  layers: number,
  kinds: Readonly<Record<string, LayerCache>>,
): Result<LayerCache[], ModelProblem> {
  const caches = stated.flatMap((name) => (Object.hasOwn(kinds, name) ? (kinds[name] ?? []) : []));
  const key = keyName(tower, 'layer_types');
  if (caches.length !== layers || stated.length !== layers) {
    const expected = `${layers} of ${Object.keys(kinds).join(' and ')}`;
    return err(brokenConfig(tower.place, `${key} names ${stated.length} layers, expected ${expected}`));
  }
  if (!caches.includes('full')) {
    return err(brokenConfig(tower.place, `${key} has no layer that keeps every token, expected at least one`));
  }
  return ok(caches);
}
