import {z} from 'zod';
import type {PlanWorld} from '../../../src/cli/planning/plan-answer.ts';
import type {PlanOptions} from '../../../src/cli/planning/plan-settings-of.ts';
import type {SettingsInForce} from '../../../src/cli/planning/settings-in-force.ts';
import {configurationSchema, toLaunchSettings} from '../../../src/config/configuration.ts';
import {changedLaunch, settingOriginsSchema} from '../../../src/domain/configuration/launch-base.ts';
import type {ValueOrigin} from '../../../src/domain/configuration/value-origin.ts';
import {memoryPlanSchema} from '../../../src/domain/memory/plan/memory-plan.ts';
import type {SettingsChange} from '../../../src/domain/settings/launch-settings.ts';
import {settingNames} from '../../../src/domain/settings/settings-table.ts';
import {ok} from '../../../src/shared/result.ts';

/** What `gantry plan` was called with, by the names of its flags. */
export type PlanFlags = Omit<PlanOptions, 'settings'> & Readonly<Record<string, unknown>>;

/** The document of one plan. */
export const printedPlanSchema = memoryPlanSchema.extend({
  schemaVersion: z.literal(1),
  settingsOwner: z.string(),
  settingOrigins: settingOriginsSchema,
});

/** Settings in force that were set somewhere: in the configuration, if nothing else is said. */
export function inForce(
  change: SettingsChange,
  {
    origin = {from: 'file', place: 'gantry.yaml:2:3'},
    ...parts
  }: Partial<SettingsInForce> & {readonly origin?: ValueOrigin} = {},
): SettingsInForce {
  const defaults = {
    settings: toLaunchSettings(configurationSchema.parse({})),
    origins: Object.fromEntries(settingNames.map((name) => [name, {from: 'default'} as const])),
  };
  return {
    ...changedLaunch(defaults, change, () => origin),
    owner: 'next-start',
    configured: defaults,
    findings: [],
    ...parts,
  };
}

/** A host without cards, files, history or configuration. */
export function planWorld(change: Partial<PlanWorld> = {}): PlanWorld {
  return {
    inForce: inForce({}),
    lookUpModel: () => Promise.resolve(ok(null)),
    readVersions: () => Promise.resolve({installedVersion: null, runningVersion: null}),
    readOutcomes: () => ok([]),
    readHost: () => Promise.reject(new Error('this test has no cards to read')),
    previewStart: () => Promise.reject(new Error('this test has no host to start on')),
    ...change,
  };
}
