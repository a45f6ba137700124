import {err, ok, type Result} from '../../shared/result.ts';
import {type CardMemory, cardByName, catalogCards} from './cards.ts';
import type {PlanRefusal} from './model/planned-model.ts';

/** GPUs of one kind to plan for. */
export type PlannedNode = {
  readonly card: CardMemory;
  /** In all machines together. */
  readonly gpuCount: number;
  /** Machines that the GPUs are in. */
  readonly hostCount: number;
};

const MOST_CARDS = 1024;

/**
 * Reads `8xH100`, `4xB200`, `2x8xH200` (two machines of eight), `H200`, or the count at the end, as in `h100x8`. A count over eight
 * without machines is read as machines of eight, the usual size.
 */
export function parseNodeSpec(text: string): Result<PlannedNode, PlanRefusal> {
  const match = matchSpec(text);
  if (match === null) return err(refusal(text, 'is not a node'));
  const [, first, second, name = ''] = match;
  const card = cardByName(name);
  if (card === undefined) return err(refusal(text, `names the GPU "${name}", which is not in the catalog`));
  const hosts = second === undefined ? null : Number(first);
  const gpuCount = Number(first ?? 1) * Number(second ?? 1);
  if (gpuCount < 1 || gpuCount > MOST_CARDS) return err(refusal(text, `asks for ${gpuCount} GPUs`));
  return ok({card, gpuCount, hostCount: hosts ?? Math.ceil(gpuCount / 8)});
}

/** The name of the GPU in such a text, as it was written. */
export function gpuNameIn(text: string): string {
  return matchSpec(text)?.[3] ?? text;
}

function matchSpec(text: string): RegExpExecArray | null {
  return /^(?:(\d+)\s*[x*×]\s*)?(?:(\d+)\s*[x*×]\s*)?(\S.*)$/i.exec(withCountFirst(text.trim()));
}

/** `h100x8` as `8xh100`, where what is before the count is a GPU. */
function withCountFirst(text: string): string {
  const [, name = '', count = ''] = /^(\S.{0,60}?)\s*[x*×]\s*(\d{1,4})$/i.exec(text) ?? [];
  return cardByName(name) === undefined ? text : `${count}x${name}`;
}

function refusal(text: string, problem: string): PlanRefusal {
  const names = catalogCards().map(({name}) => name.replace(/^(?:NVIDIA(?: GeForce)?|AMD Instinct) /, ''));
  return {
    code: 'memory.unknown-node',
    message: `"${text}" ${problem}`,
    remedy: `Write a count and a GPU, such as 8xH200, or 2x8xH100 for two machines. Known GPUs: ${names.join(', ')}.`,
  };
}
