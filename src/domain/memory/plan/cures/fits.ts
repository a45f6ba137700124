import {applySettingsChange, type SettingsChange} from '../../../settings/launch-settings.ts';
import type {PlannedModel} from '../../model/planned-model.ts';
import {isWeightFormat, publishedQuantization} from '../../model/quantization.ts';
import {checkpointBytes, weightParts} from '../../model/weights.ts';
import {divideCard, type PlanInput} from '../memory-budget.ts';
import {limitFindings} from '../plan-limits.ts';

/** Whether the plan fits with these settings changed: nothing forbids them, and one request of full length has room. */
export function fits(input: PlanInput, change: SettingsChange): boolean {
  const next = changed(input, change);
  const budget = divideCard(next);
  return budget.capacity.fullLengthSequences >= 1 && limitFindings(next, budget).length === 0;
}

/** The input with a change of settings, and with what earlier starts measured about the changed ones. */
export function changed(input: PlanInput, change: SettingsChange): PlanInput {
  const settings = applySettingsChange(input.settings, change);
  const learned = input.learnedFor === undefined ? input.learned : input.learnedFor(settings);
  return {...input, settings, learned, model: inFormat(input.model, change.format)};
}

/** The model with weights of another published format; formats of single tensors stay as they are. */
function inFormat(model: PlannedModel, format: string | undefined): PlannedModel {
  if (format === undefined || format === model.checkpoint.format || !isWeightFormat(format)) return model;
  const parts = weightParts(model.architecture, publishedQuantization(format));
  return {...model, parts, checkpoint: {...model.checkpoint, format, bytes: checkpointBytes(parts)}};
}
