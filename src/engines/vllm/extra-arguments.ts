import {type ExtraOption, readExtraOptions} from '../launch/extra-options.ts';

/** The short forms of options that Gantry's own settings cover. */
const longNames: Readonly<Partial<Record<string, string>>> = {
  '-tp': '--tensor-parallel-size',
  '-pp': '--pipeline-parallel-size',
  '-dp': '--data-parallel-size',
  '-dcp': '--decode-context-parallel-size',
  '-ep': '--enable-expert-parallel',
};

/** The options in the extra arguments for vLLM, by their long names. */
export function readVllmOptions(argv: readonly string[]): readonly ExtraOption[] {
  return readExtraOptions(argv, longNames);
}
