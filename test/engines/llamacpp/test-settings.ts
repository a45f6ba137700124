import type {LaunchSettings} from '../../../src/domain/settings/launch-settings.ts';
import {guideSettings} from '../vllm/test-settings.ts';

/** The published guide's node with a GGUF of the model, of which some settings are changed. */
export function ggufSettings(change: Partial<LaunchSettings> = {}): LaunchSettings {
  return guideSettings({
    engine: 'llamacpp',
    model: '/models/Kimi-K2.7-Code-Q4_K_M-00001-of-00013.gguf',
    format: 'Q4_K_M',
    port: 8080,
    ...change,
  });
}
