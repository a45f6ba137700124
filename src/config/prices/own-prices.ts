import path from 'node:path';
import type {PublishedPrices} from '../../domain/cost/published-prices.ts';
import {err} from '../../shared/result.ts';
import type {ConfigurationError} from '../configuration-error.ts';
import {readConfigurationText} from '../configuration-file.ts';
import type {FileText} from '../watch-file.ts';
import {parsePriceFile} from './price-file.ts';

const FILE_NAME = 'prices.yaml';

/** The operator's own prices. */
export type OwnPrices = {
  /** Of the last valid version of the file; null while there was none. */
  readonly prices: PublishedPrices | null;
  /** Why the file as it is now cannot be used. */
  readonly trouble: ConfigurationError | null;
};

export const noOwnPrices: OwnPrices = {prices: null, trouble: null};

/** The file of own prices: next to the configuration. */
export function ownPricesPath(configurationFile: string): string {
  return path.join(path.dirname(configurationFile), FILE_NAME);
}

/** Own prices as the file has them now. */
export async function readOwnPrices(configurationFile: string): Promise<OwnPrices> {
  const file = ownPricesPath(configurationFile);
  return nextOwnPrices(noOwnPrices, await readConfigurationText(file), file);
}

/** Own prices after the file was read again: while it cannot be used, those from before stay in force. */
export function nextOwnPrices(before: OwnPrices, text: FileText, file: string): OwnPrices {
  if (!text.ok && text.error.code === 'configuration.file-missing' && before.prices === null) return noOwnPrices;
  const parsed = text.ok ? parsePriceFile(text.value, file) : err(troubleOf(text.error, file));
  return parsed.ok ? {prices: parsed.value, trouble: null} : {...before, trouble: parsed.error};
}

function troubleOf(error: ConfigurationError, file: string): ConfigurationError {
  if (error.code !== 'configuration.file-missing') return error;
  return {
    code: error.code,
    message: `${file} no longer exists.`,
    remedy: 'Restore it. An empty file returns to the prices of this package.',
  };
}
