import {supervisedConfiguration} from '../../../src/cli/supervision/supervised-configuration.ts';
import {parseConfigurationText} from '../../../src/config/configuration-file.ts';
import {combineConfiguration} from '../../../src/config/load-configuration.ts';
import {nextOwnPrices, noOwnPrices} from '../../../src/config/prices/own-prices.ts';
import {err, ok} from '../../../src/shared/result.ts';
import type {
  ActiveConfiguration,
  ConfigurationSource,
  ConfigurationTrouble,
} from '../../../src/supervisor/configuration/active-configuration.ts';

export const CONFIGURATION_FILE = '/config/gantry.yaml';

/** A configuration whose file is edited by hand. */
export function fakeSource(text: string, env: Record<string, string> = {}) {
  let ownPrices = noOwnPrices;
  const sourceOf = (yaml: string): ConfigurationSource => {
    const file = parseConfigurationText(yaml, CONFIGURATION_FILE);
    const loaded = file.ok ? combineConfiguration(file.value, CONFIGURATION_FILE, env, ownPrices) : file;
    if (!loaded.ok) throw new Error(loaded.error.message);
    return supervisedConfiguration(loaded.value, {filePath: CONFIGURATION_FILE, env, simulatedNode: null});
  };
  let isFollowed = false;
  let tell: Parameters<ConfigurationSource['follow']>[0] = () => undefined;
  const source: ConfigurationSource = {
    file: CONFIGURATION_FILE,
    initial: sourceOf(text).initial,
    follow: (onChange) => {
      tell = onChange;
      isFollowed = true;
      return {
        check: () => Promise.resolve(),
        stop: () => {
          isFollowed = false;
        },
      };
    },
  };
  return {
    source,
    isFollowed: () => isFollowed,
    active: (yaml: string): ActiveConfiguration => sourceOf(yaml).initial,
    save: (yaml: string) => tell(ok(sourceOf(yaml).initial)),
    savePrices: (text: string, yaml: string) => {
      ownPrices = nextOwnPrices(ownPrices, ok(text), '/config/prices.yaml');
      tell(ok(sourceOf(yaml).initial));
    },
    spoil: (trouble: ConfigurationTrouble) => tell(err(trouble)),
  };
}
