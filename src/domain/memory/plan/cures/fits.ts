import {type SettingsChange, withChange} from '../../../settings/launch-settings.ts';
import type {OverheadTerms} from '../../engine-memory.ts';
import type {PlannedModel} from '../../model/planned-model.ts';
import {isWeightFormat, publishedQuantization} from '../../model/quantization.ts';
import {checkpointBytes, weightParts} from '../../model/weights.ts';
import {divideCard, type PlanInput} from '../memory-budget.ts';
import {limitFindings} from '../plan-limits.ts';

/**
 * Whether the plan fits with these settings changed: nothing forbids them, and one request of full length has room. If
 * no start has measured the changed settings, there must be room by the plan's defaults and by what starts with the
 * present ones measured: a start that ran out of memory is not cured by settings that nobody has measured.
 */
export function fits(input: PlanInput, change: SettingsChange): boolean {
  const next = changed(input, change);
  const {learned, learnedForPresent = null} = next;
  const hasRoom = roomFor(next);
  return learned !== null || learnedForPresent === null
    ? hasRoom
    : hasRoom && roomFor({...next, learned: learnedForPresent});
}

/** Whether the changed plan is not refused: it fits, or it does if the engine takes no more than published starts allow. */
export function mayStart(input: PlanInput, change: SettingsChange): boolean {
  return fits(input, change) || (input.learned === null && fits(withLeastOverhead(input), change));
}

/** As if the engine took no more than the least that published starts allow. */
export function withLeastOverhead(input: PlanInput): PlanInput {
  const {engine} = input;
  const terms: typeof engine.terms = (of) => {
    const expected = engine.terms(of);
    const {earlierStages} = expected;
    return {...atLeast(expected), earlierStages: earlierStages === null ? null : atLeast(earlierStages)};
  };
  return {...input, engine: {...engine, terms}};
}

function atLeast<Terms extends OverheadTerms>(terms: Terms): Terms {
  return {...terms, overheadBytes: terms.leastOverheadBytes};
}

function roomFor(input: PlanInput): boolean {
  const budget = divideCard(input);
  return budget.capacity.fullLengthSequences >= 1 && limitFindings(input, budget).length === 0;
}

/** A plan's input with other settings, and with what starts with the present ones measured. */
type ChangedInput = PlanInput & {readonly learnedForPresent?: PlanInput['learned']};

/** The input with a change of settings, and with what earlier starts measured about the changed ones. */
export function changed(input: ChangedInput, change: SettingsChange): ChangedInput {
  const settings = withChange(input.settings, change);
  const learned = input.learnedFor === undefined ? input.learned : input.learnedFor(settings);
  const learnedForPresent = input.learnedForPresent ?? input.learned;
  return {...input, settings, learned, learnedForPresent, model: inFormat(input.model, change.format)};
}

/** The model with weights of another published format; formats of single tensors stay as they are. */
function inFormat(model: PlannedModel, format: string | undefined): PlannedModel {
  if (format === undefined || format === model.checkpoint.format || !isWeightFormat(format)) return model;
  const parts = weightParts(model.architecture, publishedQuantization(format));
  return {...model, parts, checkpoint: {...model.checkpoint, format, bytes: checkpointBytes(parts)}};
}
