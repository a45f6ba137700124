import {z} from 'zod';
import {biomeLayerOverrides} from './layer-rules.ts';

const configurationSchema = z.looseObject({overrides: z.array(z.looseObject({includes: z.array(z.string())}))});

/** The text of .biome.json with its overrides replaced by those of the layer table; everything else stays. */
export function withLayerOverrides(text: string): string {
  const configuration = configurationSchema.parse(JSON.parse(text));
  const own = configuration.overrides.filter(({includes}) => !includes.every((glob) => glob.startsWith('**/src/')));
  const overrides = [...own, ...biomeLayerOverrides()];
  return `${JSON.stringify({...configuration, overrides}, null, 2)}\n`;
}
