import type {LaunchSettings, SettingsChange} from '../domain/settings/launch-settings.ts';

/** Launch options as commander hands them over. */
export type LaunchOptions = {
  readonly model?: string;
  readonly context?: number;
  readonly memoryFraction?: number;
  readonly kvDtype?: LaunchSettings['kvCacheDtype'];
  readonly format?: string;
  readonly tp?: number;
  readonly pp?: number;
  readonly dp?: number;
  readonly dcp?: number;
  readonly ep?: boolean;
  readonly vision?: LaunchSettings['visionMode'];
  readonly port?: number;
  readonly maxRunning?: number;
};

/** The settings named on the command line, and only those. */
export function settingsChangeOf(options: LaunchOptions): SettingsChange {
  return {
    ...(options.model === undefined ? {} : {model: options.model}),
    ...(options.context === undefined ? {} : {contextLengthTokens: options.context}),
    ...(options.memoryFraction === undefined ? {} : {memoryFraction: options.memoryFraction}),
    ...(options.kvDtype === undefined ? {} : {kvCacheDtype: options.kvDtype}),
    ...(options.format === undefined ? {} : {format: options.format}),
    ...(options.tp === undefined ? {} : {tensorParallelSize: options.tp}),
    ...(options.pp === undefined ? {} : {pipelineParallelSize: options.pp}),
    ...(options.dp === undefined ? {} : {dataParallelSize: options.dp}),
    ...(options.dcp === undefined ? {} : {decodeContextParallelSize: options.dcp}),
    ...(options.ep === undefined ? {} : {expertParallel: options.ep}),
    ...(options.vision === undefined ? {} : {visionMode: options.vision}),
    ...(options.port === undefined ? {} : {port: options.port}),
    ...(options.maxRunning === undefined ? {} : {maxRunningRequests: options.maxRunning}),
  };
}
