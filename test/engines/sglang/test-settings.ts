import type {LaunchSettings} from '../../../src/domain/settings/launch-settings.ts';
import {guideSettings as vllmSettings} from '../vllm/test-settings.ts';

/** The published guide's node: eight cards, the whole context, the name its clients use. */
export function guideSettings(change: Partial<LaunchSettings> = {}): LaunchSettings {
  return vllmSettings({engine: 'sglang', ...change});
}
