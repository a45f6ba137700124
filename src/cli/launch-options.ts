import type {LaunchSettings, SettingsChange} from '../domain/lifecycle/launch-settings.ts';

/** Launch options as commander hands them over. */
export type LaunchOptions = {
  readonly model?: string;
  readonly context?: number;
  readonly memoryFraction?: number;
  readonly kvDtype?: LaunchSettings['kvCacheDtype'];
  readonly tp?: number;
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
    ...(options.tp === undefined ? {} : {tensorParallelSize: options.tp}),
    ...(options.port === undefined ? {} : {port: options.port}),
    ...(options.maxRunning === undefined ? {} : {maxRunningRequests: options.maxRunning}),
  };
}
