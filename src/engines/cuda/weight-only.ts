import type {Finding} from '../../domain/diagnosis/finding.ts';
import type {CardFamily} from '../../domain/memory/card-catalog.ts';
import type {TermsInput} from '../../domain/memory/engine-memory.ts';

/** Generations without units for a format, on which Marlin expands it to 16 bit in registers. */
const expandedOn: Readonly<Partial<Record<string, readonly CardFamily[]>>> = {
  fp8: ['ampere'],
  nvfp4: ['ampere', 'ada', 'hopper'],
};

const formatNames: Readonly<Partial<Record<string, string>>> = {fp8: 'FP8', nvfp4: 'NVFP4'};

/**
 * Weights in a format that the GPU does not compute in: the engine keeps them as they are and computes in 16 bit (vLLM's
 * `marlin_utils_fp8.py`, SGLang's `fp8.py`, FP8 from compute capability 8.0 on; of NVFP4 vLLM's `modelopt.py` alone).
 *
 * @param formats - those that the engine can expand
 */
export function weightOnlyFindings(
  {card, weightFormat}: TermsInput,
  displayName: string,
  formats: readonly string[],
): readonly Finding[] {
  if (weightFormat === undefined || !formats.includes(weightFormat)) return [];
  if (card.family === null || expandedOn[weightFormat]?.includes(card.family) !== true) return [];
  const name = formatNames[weightFormat] ?? weightFormat;
  return [
    {
      code: 'memory.weights-expanded',
      severity: 'info',
      message: `${card.name} does not compute in ${name}: ${displayName} keeps the weights in ${name} and computes in 16 bit (Marlin). Their size is that of the plan; prompts are processed more slowly than on GPUs that compute in ${name}.`,
      evidence: null,
      remedy: 'No action is needed.',
      settingsChange: null,
    },
  ];
}
