import {homedir} from 'node:os';
import type {ModelOnDisk} from '../../domain/memory/model/checkpoint.ts';

/**
 * What this host has of a model, for a screen that cannot wait: null until its files were read, which begins with the
 * first question. Files that cannot be read count as none; the supervisor says what is wrong with them.
 */
export function createModelCache(variables: NodeJS.ProcessEnv): (model: string) => ModelOnDisk | null {
  const models = new Map<string, ModelOnDisk | null>();
  return (model) => {
    const known = models.get(model);
    if (known !== undefined) return known;
    models.set(model, null);
    void read(model).then((found) => models.set(model, found));
    return null;
  };

  async function read(model: string): Promise<ModelOnDisk | null> {
    const {lookUpModel} = await import('../../sources/model-files/look-up-model.ts');
    const found = await lookUpModel(model, {workingDirectory: process.cwd(), homeDirectory: homedir(), variables});
    return found.ok ? found.value : null;
  }
}
