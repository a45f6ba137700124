import {existsSync} from 'node:fs';
import path from 'node:path';

/**
 * A model as it was meant in `directory`: like the engines, a path that exists comes before a name of the hub. A path
 * becomes absolute, because the engine starts in another directory; a hub name and `~/...` stay as they are.
 */
export function absoluteModel(model: string, directory: string): string {
  if (model === '' || /^[~/]/.test(model)) return model;
  const file = path.resolve(directory, model);
  return /^\.{1,2}(?:\/|$)/.test(model) || existsSync(file) ? file : model;
}
