import type {PlanWorld} from '../../../src/cli/planning/plan-answer.ts';
import type {PlanOptions} from '../../../src/cli/planning/plan-settings-of.ts';
import {configurationSchema, toLaunchSettings} from '../../../src/config/configuration.ts';
import {ok} from '../../../src/shared/result.ts';

/** What `gantry plan` was called with, by the names of its flags. */
export type PlanFlags = Omit<PlanOptions, 'settings'> & Readonly<Record<string, unknown>>;

/** A host without cards, files, history or configuration. */
export function planWorld(change: Partial<PlanWorld> = {}): PlanWorld {
  return {
    configured: toLaunchSettings(configurationSchema.parse({})),
    lookUpModel: () => Promise.resolve(ok(null)),
    readOutcomes: () => ok([]),
    readHost: () => Promise.reject(new Error('this test has no cards to read')),
    previewStart: () => Promise.reject(new Error('this test has no host to start on')),
    ...change,
  };
}
