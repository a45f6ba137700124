import type {ModelProblem} from '../../../domain/memory/model/model-problem.ts';
import {err, ok, type Result} from '../../../shared/result.ts';
import {parseSplitName, splitSetNames} from '../split-names.ts';

/**
 * The one GGUF model of a directory, by its first existing file. Several are an error, unless a variant selects one;
 * vision projectors (`mmproj-*.gguf`) and importance matrices are not models.
 */
export function chooseGguf(
  directory: string,
  files: readonly string[],
  variant: string | undefined,
): Result<string, ModelProblem> {
  const models = new Map<string, string>();
  for (const file of files.filter((name) => isModel(name))) {
    const split = parseSplitName(file);
    const set = split === undefined ? file : (splitSetNames(split)[0] ?? file);
    if (!models.has(set)) models.set(set, file);
  }
  const sets = [...models].filter(([set]) => variant === undefined || hasLabel(set, variant));
  const [only, other] = sets;
  if (only !== undefined && other === undefined) return ok(only[1]);
  const names = [...models.keys()];
  return err({
    code: 'memory.several-models',
    message:
      only === undefined
        ? `${directory}: no GGUF model ${variant ?? ''}; available: ${listed(names)}.`
        : `${directory}: it contains ${sets.length} GGUF models: ${listed(sets.map(([set]) => set))}.`,
    remedy: 'Use one of the files instead of the directory.',
  });
}

function isModel(file: string): boolean {
  const name = file.slice(file.lastIndexOf('/') + 1);
  return name.endsWith('.gguf') && !/^mmproj|mmproj[.-]|imatrix/i.test(name);
}

/** `Q4_K_M` is in `model-UD-Q4_K_M.gguf` and in `Q4_K_M/model-00001-of-00002.gguf`, and not in `Q4_K_MX`. */
function hasLabel(set: string, variant: string): boolean {
  const wanted = variant.toLowerCase().replace(/[^a-z0-9_-]/g, '');
  const name = set.toLowerCase();
  for (let at = name.indexOf(wanted); at >= 0; at = name.indexOf(wanted, at + 1)) {
    if (!isLabelCharacter(name[at - 1]) && !isLabelCharacter(name[at + wanted.length])) return true;
    if (wanted === '') return false;
  }
  return false;
}

function isLabelCharacter(character: string | undefined): boolean {
  return character !== undefined && /[a-z0-9_]/.test(character);
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, 4).join(', ');
  return names.length > 4 ? `${shown} and ${names.length - 4} more` : shown;
}
