import {existsSync} from 'node:fs';
import type {Result} from '../shared/result.ts';
import {err} from '../shared/result.ts';
import type {ConfigurationError} from './configuration-error.ts';
import {noFile, parseConfigurationText} from './configuration-file.ts';
import {combineConfiguration, type LoadedConfiguration} from './load-configuration.ts';
import {nextOwnPrices, noOwnPrices, type OwnPrices, ownPricesPath} from './prices/own-prices.ts';
import type {Environment} from './read-environment.ts';
import {type FileText, type FileWatch, type Later, watchFile} from './watch-file.ts';

/** A configuration to follow: its file, and the environment, which does not change. */
export type FollowedConfiguration = {
  readonly filePath: string;
  readonly env: Environment;
  /** As they were read before; they stay in force while their file cannot be used. */
  readonly ownPrices?: OwnPrices;
  /** Calls back when the file is to be looked at again. */
  readonly later: Later;
  /** Each time the file, or that of own prices, has changed: the configuration, or why it cannot be used. */
  readonly onChange: (loaded: Result<LoadedConfiguration, ConfigurationError>) => void;
};

/**
 * Follows a configuration. A file that was never there leaves everything at its default; one that has disappeared is an
 * error: it may be on a disk that went away, and its hooks and prices should not go with it.
 */
export function followConfiguration(followed: FollowedConfiguration): FileWatch {
  const {filePath, env, later, onChange} = followed;
  const pricesPath = ownPricesPath(filePath);
  let hadFile = existsSync(filePath);
  let ownPrices = followed.ownPrices ?? noOwnPrices;
  let read: FileText | null = null;
  const load = (text: FileText): Result<LoadedConfiguration, ConfigurationError> => {
    if (text.ok) {
      hadFile = true;
      const file = parseConfigurationText(text.value, filePath);
      return file.ok ? combineConfiguration(file.value, filePath, env, ownPrices) : file;
    }
    if (text.error.code !== 'configuration.file-missing') return text;
    return hadFile ? err(disappeared(filePath)) : combineConfiguration(noFile(filePath), filePath, env, ownPrices);
  };
  const configuration = watchFile(
    filePath,
    (text) => {
      read = text;
      onChange(load(text));
    },
    later,
  );
  const prices = watchFile(
    pricesPath,
    (text) => {
      ownPrices = nextOwnPrices(ownPrices, text, pricesPath);
      if (read !== null) onChange(load(read));
    },
    later,
  );
  return {
    async check() {
      await Promise.all([configuration.check(), prices.check()]);
    },
    stamp: configuration.stamp,
    stop() {
      configuration.stop();
      prices.stop();
    },
  };
}

function disappeared(filePath: string): ConfigurationError {
  return {
    code: 'configuration.file-missing',
    message: `${filePath} no longer exists.`,
    remedy: 'Restore it. An empty file returns to the defaults.',
  };
}
