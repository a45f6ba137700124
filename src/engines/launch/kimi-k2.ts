import type {LaunchSettings} from '../../domain/settings/launch-settings.ts';

/** Other Kimi models (VL, Linear, Audio, Dev) have neither the parsers nor the vision tower of K2. */
const kimiK2Pattern = /kimi[-_.]?k2/i;

/** A Kimi K2 model by its id, its file or the name of its directory. */
export function isKimiK2Name(model: string): boolean {
  return kimiK2Pattern.test(model);
}

/** True for settings that serve a Kimi K2. A directory can have any name; then the served name decides. */
export function isKimiK2({model, servedModelName}: Pick<LaunchSettings, 'model' | 'servedModelName'>): boolean {
  const isPath = /^[./~]/.test(model);
  return isKimiK2Name(model) || (isPath && isKimiK2Name(servedModelName));
}
