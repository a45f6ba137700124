import {countText} from '../../../../shared/quantities/counts.ts';
import {fractionText} from '../../../../shared/quantities/ratios.ts';
import type {LaunchSettings, SettingsChange} from '../../../settings/launch-settings.ts';

/** One sentence: what to change. `maxContextTokens` is the model's own limit. */
export function remedyOf(change: SettingsChange, settings: LaunchSettings, maxContextTokens: number): string {
  const isOnly = Object.keys(change).length === 1;
  const parts = [
    ...shapeTexts(change, settings),
    ...fractionTexts(change, settings),
    ...requestTexts(change, isOnly),
    ...(change.kvCacheDtype === undefined ? [] : [`use an FP8 KV cache${isOnly ? ': half the bytes per token' : ''}`]),
    ...sharingTexts(change, settings, isOnly),
    ...contextTexts(change, settings, maxContextTokens),
  ];
  const [first = '', ...rest] = parts;
  const text = [first, ...rest.slice(0, -1)].join(', ');
  const last = rest.at(-1);
  const sentence = last === undefined ? text : `${text} and ${last}`;
  return `${sentence.slice(0, 1).toUpperCase()}${sentence.slice(1)}.`;
}

function shapeTexts(
  {tensorParallelSize: ranks, dataParallelSize, pipelineParallelSize}: SettingsChange,
  settings: LaunchSettings,
): readonly string[] {
  const isSpread = ranks !== undefined && ranks > settings.tensorParallelSize;
  return [
    ...(isSpread ? [`spread the model over ${ranks} of the node's GPUs (tensor parallel ${ranks})`] : []),
    ...(ranks === undefined || isSpread ? [] : [`set the tensor parallel size to ${ranks}`]),
    ...(dataParallelSize === undefined ? [] : [`set the data parallel size to ${dataParallelSize}`]),
    ...(pipelineParallelSize === undefined ? [] : [`set the pipeline parallel size to ${pipelineParallelSize}`]),
  ];
}

function fractionTexts({memoryFraction}: SettingsChange, settings: LaunchSettings): readonly string[] {
  if (memoryFraction === undefined) return [];
  const verb = memoryFraction > settings.memoryFraction ? 'raise' : 'lower';
  return [`${verb} the memory fraction to ${fractionText(memoryFraction)}`];
}

function requestTexts({maxRunningRequests: requests}: SettingsChange, isOnly: boolean): readonly string[] {
  if (requests === undefined || requests === null) return [];
  return [`limit running requests to ${countText(requests)}${isOnly ? ': less memory for the sampler' : ''}`];
}

function sharingTexts(
  {decodeContextParallelSize: ranks}: SettingsChange,
  settings: LaunchSettings,
  isOnly: boolean,
): readonly string[] {
  if (ranks === undefined) return [];
  if (ranks <= settings.decodeContextParallelSize) return [`set the decode context parallel size to ${ranks}`];
  const effect = isOnly ? `: ${ranks} times the tokens` : '';
  return [`split the KV cache over ${ranks} ranks (decode context parallel ${ranks})${effect}`];
}

function contextTexts(
  {contextLengthTokens: tokens}: SettingsChange,
  settings: LaunchSettings,
  maxContextTokens: number,
): readonly string[] {
  if (tokens === undefined) return [];
  if (tokens > settings.contextLengthTokens) {
    return [`use a longer context, such as ${countText(tokens)} tokens (K means 1,024)`];
  }
  const most = tokens === maxContextTokens ? "the model's limit" : 'the most that fits';
  return [`lower the context to ${countText(tokens)} tokens, ${most}`];
}
